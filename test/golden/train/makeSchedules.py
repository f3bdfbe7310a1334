"""Learning rates of the Hugging Face schedules, update by update, for test/train/schedule.test.ts.

Run with torch and transformers installed; writes schedules.json beside this script.
"""

import json
from pathlib import Path

import torch
import transformers
from transformers import get_scheduler

rows = []
for kind, name in [
    ("constant", "constant_with_warmup"),
    ("linear", "linear"),
    ("cosine", "cosine"),
]:
    for warm, total in [(0, 4), (1, 6), (5, 23), (20, 200), (8, 4)]:
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
        schedule = get_scheduler(name, optimizer, num_warmup_steps=warm, num_training_steps=total)
        rates = []
        for _ in range(total):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        rows.append({"name": kind, "warmupSteps": warm, "steps": total, "rates": rates})

versions = {"torch": torch.__version__, "transformers": transformers.__version__}
path = Path(__file__).with_name("schedules.json")
path.write_text(json.dumps({"versions": versions, "peakLearningRate": 1e-3, "schedules": rows}) + "\n")
