"""Directions read through the output weights of the tiny models, for test/model/hooks/logitLens.test.ts.

    python test/golden/model/hooks/logitLens.py

writes test/golden/model/hooks/logitLens.json. The final norm of transformers is applied to a long vector along the direction,
and its statistics are undone: W_U·(g ⊙ v̂). Needs torch and transformers.
"""

import json
import sys
from pathlib import Path

import torch
import transformers

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from goldenModels import digits, open_model, versions_of  # noqa: E402

fixtures = here.parents[2] / "fixtures"
folders = {path.name: path for path in sorted((fixtures / "families").iterdir())}
folders |= {name: fixtures / name for name in ("tiny-qwen2", "tiny-qwen2-untied")}
length = 1e4

results = {}
for name, folder in folders.items():
    model = open_model(folder)
    text = getattr(model.model, "language_model", model.model)
    size = text.embed_tokens.weight.shape[1]
    unit = torch.sin(1.7 * torch.arange(size, dtype=torch.float64) + 0.3)
    unit = unit / unit.norm()
    with torch.no_grad():
        # The norm divides by the root mean square, length / √size.
        normed = text.norm((length * unit).float()[None])[0] / size**0.5
        results[name] = digits(model.lm_head(normed), 7)
(here / "logitLens.json").write_text(json.dumps({"versions": versions_of(torch, transformers), "logits": results}) + "\n")
