"""Full fine-tuning with PyTorch's AdamW, and what transformers makes of checkpoints that Turncoat wrote.

    python test/golden/train/fullTraining.py

trains all weights of the models of modelFamilies.py for a few steps and writes test/golden/train/fullTraining.json: losses,
gradient norms and the last logits. Run from the repository's root; it calls `npx tsx test/golden/train/writeFullTraining.ts`,
opens the checkpoints that that writes, and checks that they hold the same weights. Needs torch and transformers; the
tests that read the values do not.
"""

import json
import sys
import subprocess
import tempfile
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import digits, open_model, response_loss, text_parameters, versions_of  # noqa: E402

here = Path(__file__).parent
fixtures = here.parents[1] / "fixtures"
folders = {"tiny-qwen2": fixtures / "tiny-qwen2", "tiny-qwen2-untied": fixtures / "tiny-qwen2-untied"}
folders |= {path.name: path for path in sorted((fixtures / "families").iterdir())}
steps, rate, decay, clip = 3, 1e-3, 0.1, 1.0
kept_positions = 2
torch.set_num_threads(1)


def last_logits(model: torch.nn.Module, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0, -kept_positions:]


def trained(folder: Path, rows: list[dict]) -> tuple[torch.nn.Module, list[float], list[float]]:
    model = open_model(folder)
    parameters = text_parameters(model)
    groups = [
        {"params": [value for value in parameters.values() if value.dim() > 1], "weight_decay": decay},
        {"params": [value for value in parameters.values() if value.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.999), eps=1e-8)
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = response_loss(model, rows)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters.values(), clip)))
        optimizer.step()
        losses.append(loss.item())
    return model.eval(), losses, norms


def main() -> None:
    golden: dict = {
        "versions": versions_of(torch, transformers),
        "settings": {"steps": steps, "rate": rate, "decay": decay, "clip": clip},
        "models": {},
    }
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run(["npx", "tsx", str(here / "writeFullTraining.ts"), temporary], check=True)
        for name, folder in folders.items():
            own = Path(temporary) / name
            rows = json.loads((own / "rows.json").read_text())
            model, losses, norms = trained(folder, rows)
            logits = last_logits(model, rows[0]["ids"])
            checkpoint = own / "whole" / f"checkpoint-{steps}"
            written = AutoModelForCausalLM.from_pretrained(checkpoint, attn_implementation="eager").eval()
            assert {value.dtype for value in written.parameters()} == {torch.float32}
            AutoTokenizer.from_pretrained(checkpoint)
            theirs, base = text_parameters(model), text_parameters(open_model(folder))
            difference = max((value - theirs[key]).abs().max().item() for key, value in text_parameters(written).items())
            moved = max((value - base[key]).abs().max().item() for key, value in theirs.items())
            error = (last_logits(written, rows[0]["ids"]) - logits).abs().max().item()
            print(name, "weights moved by", moved, "and differ from PyTorch's by", difference, "logits by", error)
            assert error < 1e-3
            golden["models"][name] = {"losses": losses, "norms": norms, "logits": digits(logits, 7)}
    (here / "fullTraining.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
