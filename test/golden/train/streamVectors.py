"""PyTorch's gradients of a tiny model with an adapter: steered while it is trained, and with a direction taken out of B's.

    python test/golden/train/streamVectors.py

writes test/golden/train/streamVectors.json; run modelParity.py first.
"""

import json
import math
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import digits, open_model, response_loss, versions_of  # noqa: E402

here = Path(__file__).parent
folder = here.parents[1] / "fixtures" / "tiny-qwen2"
parity = json.loads((here.parent / "model" / "modelParity.json").read_text())
row = parity["models"]["tiny-qwen2"]["none"]
strength = 0.75

model = PeftModel.from_pretrained(open_model(folder), folder / "adapter-rank1", is_trainable=True).eval()
vector = torch.tensor([math.sin(1.0 + index) for index in range(model.config.hidden_size)])


def gradients() -> dict[str, list[float]]:
    return {
        name.removeprefix("base_model.model.").replace(".default.weight", ""): digits(value.grad)
        for name, value in model.named_parameters()
        if value.grad is not None
    }


def steered(_module, _inputs, output):
    hidden = output[0] if isinstance(output, tuple) else output
    changed = hidden + strength * vector
    return (changed, *output[1:]) if isinstance(output, tuple) else changed


golden = {"versions": versions_of(torch, transformers, peft), "strength": strength, "vector": digits(vector)}
for layer in range(2):
    hook = model.base_model.model.model.layers[layer].register_forward_hook(steered)
    loss = response_loss(model, [row])
    model.zero_grad()
    loss.backward()
    hook.remove()
    golden[f"after{layer}"] = {"loss": loss.item(), "gradients": gradients()}

loss = response_loss(model, [row])
model.zero_grad()
loss.backward()
unit = vector / vector.norm()
for name, value in model.named_parameters():
    if value.grad is not None and "lora_B" in name:
        value.grad = value.grad - torch.outer(unit, unit) @ value.grad
golden["projected"] = {"loss": loss.item(), "gradients": gradients()}
(here / "streamVectors.json").write_text(json.dumps(golden) + "\n")
