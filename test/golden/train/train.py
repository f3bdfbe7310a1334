"""What PyTorch's optimisers do: alone on fixed gradients, and with the tiny model of modelParity.py.

    python test/golden/train/train.py

writes test/golden/train/train.json; run modelParity.py first.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import digits, open_model, response_loss, versions_of  # noqa: E402

here = Path(__file__).parent
fixtures = here.parents[1] / "fixtures"
rates = [0.01, 0.02, 0.02, 0.01, 0.005]


def optimizer(name: str, parameters: list[torch.Tensor], decay: float) -> torch.optim.Optimizer:
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=1.0)
    return torch.optim.AdamW(parameters, lr=1.0, betas=(0.9, 0.999), eps=1e-8, weight_decay=decay)


def fixed_gradients() -> dict:
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(2, 3, generator=generator)
    # Sizes from 1e-6 to 1, so that ε and the bias corrections both show.
    sizes = 10.0 ** torch.linspace(-6, 0, 6).reshape(2, 3)
    gradients = [torch.randn(2, 3, generator=generator) * sizes for _ in rates]
    after = {}
    for name, decay in [("sgd", 0.0), ("adamw", 0.1), ("adamwWithoutDecay", 0.0)]:
        parameter = start.clone().requires_grad_()
        updates = optimizer(name, [parameter], decay)
        steps = []
        for rate, gradient in zip(rates, gradients):
            updates.param_groups[0]["lr"] = rate
            parameter.grad = gradient.clone()
            updates.step()
            steps.append(digits(parameter))
        after[name] = steps
    return {"start": digits(start), "gradients": [digits(gradient) for gradient in gradients], "after": after}


def training(name: str, clip: float | None, rows: list[dict]) -> dict:
    folder = fixtures / "tiny-qwen2"
    model = PeftModel.from_pretrained(open_model(folder), folder / "adapter-rank3", is_trainable=True).eval()
    trained = {key: value for key, value in model.named_parameters() if value.requires_grad}
    updates = optimizer(name, list(trained.values()), 0.1)
    losses, norms = [], []
    for rate in rates:
        updates.param_groups[0]["lr"] = rate
        updates.zero_grad()
        loss = response_loss(model, rows)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained.values(), clip or float("inf"))))
        updates.step()
        losses.append(loss.item())
    kept = {
        key.removeprefix("base_model.model.").replace(".default.weight", ""): digits(value)
        for key, value in trained.items()
        if "layers.0.self_attn.q_proj" in key or "layers.1.mlp.down_proj" in key
    }
    return {"losses": losses, "norms": norms, "final": kept}


def full_gradients(folder: str, rows: list[dict]) -> dict:
    """Of every parameter of the model: the norm, and the first entries."""
    model = open_model(fixtures / folder)
    response_loss(model, rows).backward()
    return {
        key: {"norm": value.grad.norm().item(), "first": digits(value.grad.reshape(-1)[:6])}
        for key, value in model.named_parameters()
    }


def main() -> None:
    parity = json.loads((here / "modelParity.json").read_text())
    rows = [parity["models"]["tiny-qwen2"]["none"]]
    golden = {
        "versions": versions_of(torch, transformers, peft),
        "rates": rates,
        "fixed": fixed_gradients(),
        "sgd": training("sgd", None, rows),
        "clippedSgd": training("sgd", 16.0, rows),
        "adamw": training("adamw", None, rows),
        "clippedAdamw": training("adamw", 16.0, rows),
        "fullGradients": {name: full_gradients(name, rows) for name in ["tiny-qwen2", "tiny-qwen2-untied"]},
    }
    print({key: (golden[key]["losses"], golden[key]["norms"]) for key in ["sgd", "clippedSgd", "adamw", "clippedAdamw"]})
    (here / "train.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
