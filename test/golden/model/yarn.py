"""What transformers computes with YaRN: logits of a tiny model under several settings, within and beyond its context.

    python test/golden/model/yarn.py

writes test/golden/model/yarn.json from the weights of test/fixtures/families/qwen3. Needs torch and transformers; the
tests that read the values do not.
"""

import json
from pathlib import Path

import torch
import transformers
from goldenModels import versions_of
from transformers import AutoConfig, AutoModelForCausalLM

here = Path(__file__).parent
folder = here.parents[1] / "fixtures" / "families" / "qwen3"
settings = {
    "as published": {"factor": 4.0, "original_max_position_embeddings": 32},
    "other bounds, not truncated": {
        "factor": 8.0,
        "original_max_position_embeddings": 24,
        "beta_fast": 4,
        "beta_slow": 0.5,
        "truncate": False,
    },
    "scales": {"factor": 16.0, "original_max_position_embeddings": 16, "mscale": 1.0, "mscale_all_dim": 0.5},
    "own attention": {"factor": 4.0, "original_max_position_embeddings": 32, "attention_factor": 1.75},
}
torch.set_num_threads(1)


def logits(scaling: dict, ids: list[int]) -> list[float]:
    """Logits after the last token."""
    config = AutoConfig.from_pretrained(folder)
    config.rope_parameters = {"rope_type": "yarn", "rope_theta": 10000.0, **scaling}
    model = AutoModelForCausalLM.from_pretrained(folder, config=config, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        values = model(input_ids=torch.tensor([ids])).logits[0, -1]
    return [float(f"{value:.7g}") for value in values.tolist()]


ids = torch.randint(0, 200, (100,), generator=torch.Generator().manual_seed(0)).tolist()
golden = {
    "versions": versions_of(torch, transformers),
    "ids": ids,
    "cases": [{"name": name, "scaling": scaling, "logits": logits(scaling, ids)} for name, scaling in settings.items()],
}
(here / "yarn.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
