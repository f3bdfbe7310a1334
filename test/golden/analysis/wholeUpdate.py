"""Golden values of the update of a whole model, with every ΔW formed by force.

    python test/golden/analysis/wholeUpdate.py > test/golden/analysis/wholeUpdate.json

numpy 2.4. The factors follow from a formula that test/analysis/geometry/whole/golden.test.ts computes too.
"""

import json

import numpy as np

STEPS = 12
MODULES = [(7, 5, 3), (4, 9, 2), (6, 6, 1)]  # inputs, outputs, rank
SCALING = 2.5


def factor(module, step, which, shape):
    at = np.arange(np.prod(shape), dtype=np.float64)
    phase = 0.7 * module + (0.05 if which == 0 else 0.3) * step + 3 * which
    bend = 1.5 if step > 6 and module < 2 and which == 1 else 0.0
    values = np.sin(1.3 * at + phase + bend * at) * (1.0 if which == 0 else step / STEPS)
    return values.astype(np.float32).reshape(shape).astype(np.float64)


def updates(module, inputs, outputs, rank):
    rows = []
    for step in range(STEPS):
        a = factor(module, step, 0, (rank, inputs))
        b = factor(module, step, 1, (outputs, rank))
        rows.append((SCALING * b @ a).ravel())
    return np.array(rows)


def cosine(x, y):
    norms = np.linalg.norm(x) * np.linalg.norm(y)
    return float(x @ y / norms) if norms > 0 else None


parts = [updates(index, *shape) for index, shape in enumerate(MODULES)]
whole = np.concatenate(parts, axis=1)
centered = whole - whole.mean(axis=0)
singular = np.linalg.svd(centered, compute_uv=False)
K = 3
local = [
    cosine(whole[t - K] - whole[t], whole[t + K] - whole[t]) if K <= t < STEPS - K else None
    for t in range(STEPS)
]
print(
    json.dumps(
        {
            "gram": (whole @ whole.T).tolist(),
            "norm": np.linalg.norm(whole, axis=1).tolist(),
            "cosineToFinal": [cosine(row, whole[-1]) for row in whole],
            "localCosine": local,
            "explained": (singular**2 / (singular**2).sum()).tolist()[:3],
            "shares": [float((part[-1] ** 2).sum() / (whole[-1] ** 2).sum()) for part in parts],
        }
    )
)
