"""PyTorch's KL(base ‖ tuned) per response token, and its gradients, of a tiny model with an adapter.

    python test/golden/train/klPenalty.py

writes test/golden/train/klPenalty.json; run modelParity.py first.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import digits, open_model, versions_of  # noqa: E402

here = Path(__file__).parent
folder = here.parents[1] / "fixtures" / "tiny-qwen2"
parity = json.loads((here.parent / "model" / "modelParity.json").read_text())
row = parity["models"]["tiny-qwen2"]["none"]

model = PeftModel.from_pretrained(open_model(folder), folder / "adapter-rank1", is_trainable=True).eval()
ids = torch.tensor([row["ids"]])
answered = torch.tensor(row["isResponse"])[1:]
with torch.no_grad(), model.disable_adapter():
    base = model(input_ids=ids).logits[0, :-1][answered].log_softmax(-1)
tuned = model(input_ids=ids).logits[0, :-1][answered].log_softmax(-1)
# The input is log q, the target log p: the sum over classes of p (log p − log q), the mean over tokens.
loss = torch.nn.functional.kl_div(tuned, base, log_target=True, reduction="none").sum(-1).mean()
loss.backward()
gradients = {
    name.removeprefix("base_model.model.").replace(".default.weight", ""): digits(value.grad)
    for name, value in model.named_parameters()
    if value.grad is not None
}
golden = {
    "versions": versions_of(torch, transformers, peft),
    "loss": loss.item(),
    "tokens": int(answered.sum()),
    "gradients": gradients,
}
(here / "klPenalty.json").write_text(json.dumps(golden) + "\n")
