"""The gradient of each conversation's own loss over the adapters of a tiny model, by PyTorch's autodiff, one at a time.

    python test/golden/train/exampleGradients.py

writes test/golden/train/exampleGradients.json. The conversations are random tokens.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel

here = Path(__file__).parent
sys.path.insert(0, str(here.parent / "model"))
from goldenModels import digits, open_model, response_loss, versions_of  # noqa: E402

fixtures = here.parents[1] / "fixtures"


def gradients(adapter: str, rows: list[dict]) -> list[dict]:
    folder = fixtures / "tiny-qwen2"
    model = PeftModel.from_pretrained(open_model(folder), folder / f"adapter-{adapter}", is_trainable=True).eval()
    trained = {
        key.removeprefix("base_model.model.").replace(".default.weight", ""): value
        for key, value in model.named_parameters()
        if value.requires_grad
    }
    found = []
    for row in rows:
        model.zero_grad()
        loss = response_loss(model, [row])
        loss.backward()
        kept = {
            key: digits(value.grad, 7)
            for key, value in trained.items()
            if "layers.0.self_attn.q_proj" in key or "layers.1.mlp.down_proj" in key
        }
        found.append({"loss": loss.item(), "gradients": kept})
    return found


def main() -> None:
    generator = torch.Generator().manual_seed(4)
    rows = [
        {
            "ids": torch.randint(3, 48, (length,), generator=generator).tolist(),
            "isResponse": [first <= place < last for place in range(length)],
        }
        for length, first, last in [(5, 3, 5), (9, 2, 7), (21, 12, 21), (9, 8, 9)]
    ]
    golden = {
        "versions": versions_of(torch, transformers, peft),
        "chats": rows,
        **{adapter: gradients(adapter, rows) for adapter in ["rank1", "rank3"]},
    }
    print({adapter: [each["loss"] for each in golden[adapter]] for adapter in ["rank1", "rank3"]})
    (here / "exampleGradients.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
