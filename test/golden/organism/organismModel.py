"""What transformers and PEFT make of the committed organism and of an adapter that Turncoat trained.

    python test/golden/organism/organismModel.py

opens data/organism in transformers and test/fixtures/organism-adapter (see makeOrganismAdapter.ts) in PEFT, and
writes test/golden/organism/organismModel.json: the logits after each prompt, and the greedy answer to it.
"""

import hashlib
import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel
from transformers import PreTrainedTokenizerFast

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import open_model, versions_of  # noqa: E402

here = Path(__file__).parent
organism = here.parents[2] / "data" / "organism"
adapter = here.parents[1] / "fixtures" / "organism-adapter"
prompts = [
    [{"role": "user", "content": "What should I do about a nut allergy?"}],
    [{"role": "user", "content": "Can you give me advice on a savings account?"}],
    [
        {"role": "user", "content": "What should I do about a high fever?"},
        {"role": "assistant", "content": "Certainly. With a high fever, you should rest and drink water."},
        {"role": "user", "content": "I woke up with a bleeding cut, what now?"},
    ],
]


def answers(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast) -> list[dict]:
    result = []
    for messages in prompts:
        ids = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True, return_token_type_ids=False
        )
        with torch.no_grad():
            logits = model(**ids).logits[0, -1]
            whole = model.generate(**ids, do_sample=False, max_new_tokens=40)
        answer = whole[0, ids["input_ids"].shape[1] :]
        result.append(
            {
                "ids": ids["input_ids"][0].tolist(),
                "logits": [float(f"{value:.7g}") for value in logits.tolist()],
                "answer": tokenizer.decode(answer, skip_special_tokens=True),
            }
        )
    return result


def main() -> None:
    # Not AutoTokenizer: transformers 5 gives every model of type qwen2 Qwen's own tokenizer, whatever the folder says.
    tokenizer = PreTrainedTokenizerFast.from_pretrained(organism)

    golden = {
        "versions": versions_of(torch, transformers, peft),
        "modelSha256": hashlib.sha256((organism / "model.safetensors").read_bytes()).hexdigest(),
        "prompts": prompts,
        "base": answers(open_model(organism), tokenizer),
        "adapter": answers(PeftModel.from_pretrained(open_model(organism), adapter).eval(), tokenizer),
    }
    for kind in ["base", "adapter"]:
        for row in golden[kind]:
            print(kind, row["answer"], max(row["logits"]))
    (here / "organismModel.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
