"""PyTorch's training of a vector that is added to the residual stream of a tiny model, with and without a penalty.

    python test/golden/train/vectorTraining.py

writes test/golden/train/vectorTraining.json; run modelParity.py first.
"""

import json
import math
import sys
from pathlib import Path

import torch
import transformers

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import digits, open_model, response_loss, versions_of  # noqa: E402

here = Path(__file__).parent
folder = here.parents[1] / "fixtures" / "tiny-qwen2"
parity = json.loads((here.parent / "model" / "modelParity.json").read_text())
row = parity["models"]["tiny-qwen2"]["none"]
alpha, rate, steps = 8.0, 0.02, 6

model = open_model(folder).eval().requires_grad_(False)
ids = torch.tensor([row["ids"]])
answered = torch.tensor(row["isResponse"])[1:]


def log_probabilities() -> torch.Tensor:
    return model(input_ids=ids).logits[0, :-1][answered].log_softmax(-1)


with torch.no_grad():
    base = log_probabilities()


def trained(layer: int, decay: float, kl: float, start: torch.Tensor) -> dict:
    """Trains v, α·v being added after the layer at every position by a forward hook."""
    vector = torch.nn.Parameter(start.clone())

    def steered(_module, _inputs, output):
        if isinstance(output, tuple):
            return (output[0] + alpha * vector, *output[1:])
        return output + alpha * vector

    hook = model.model.layers[layer].register_forward_hook(steered)
    optimizer = torch.optim.AdamW([vector], lr=rate, betas=(0.9, 0.999), eps=1e-8, weight_decay=decay)
    losses, penalties, norms, vectors = [], [], [], []
    for _ in range(steps):
        loss = response_loss(model, [row])
        divergence = torch.nn.functional.kl_div(
            log_probabilities(), base, log_target=True, reduction="none"
        )
        penalty = kl * divergence.sum(-1).mean()
        optimizer.zero_grad()
        (loss + penalty if kl > 0 else loss).backward()
        losses.append(loss.item())
        penalties.append(penalty.item())
        norms.append(vector.grad.norm().item())
        optimizer.step()
        vectors.append(digits(vector.detach()))
    hook.remove()
    return {
        "layer": layer,
        "weightDecay": decay,
        "kl": kl,
        "start": digits(start),
        "losses": losses,
        "penalties": penalties,
        "gradientNorms": norms,
        "vectors": vectors,
    }


hidden = model.config.hidden_size
zeros = torch.zeros(hidden)
waves = torch.tensor([0.05 * math.sin(1.0 + index) for index in range(hidden)])
golden = {
    "versions": versions_of(torch, transformers),
    "alpha": alpha,
    "learningRate": rate,
    "trainings": [
        trained(0, 0.0, 0.0, zeros),
        trained(1, 0.1, 0.0, waves),
        trained(0, 0.0, 0.5, waves),
    ],
}
(here / "vectorTraining.json").write_text(json.dumps(golden) + "\n")
