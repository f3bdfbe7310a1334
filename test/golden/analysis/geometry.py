"""Reference numbers for the geometry of several adapters and of ΔW, from NumPy and scikit-learn, with every matrix
written out. Run: python test/golden/analysis/geometry.py"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA

MISSING = (13, 27)
steps = [step for step in range(42) if step not in MISSING]


def cosine(a, b):
    scale = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.sum(a * b) / scale) if scale > 0 else None


def plain(values):
    return [None if value is None or not np.isfinite(value) else float(value) for value in values]


def path(shape, seed, turn, start=None):
    """Zero or `start` at step 0, a bend near step `turn`, noise; one matrix a stored step."""
    rng = np.random.default_rng(seed)
    before, after = rng.normal(0, 1, (2, *shape))
    position = np.zeros(shape) if start is None else start
    rows = {0: position.copy()}
    for step in range(1, 42):
        late = 1 / (1 + np.exp(-(step - turn) / 2))
        position = position + 0.02 * ((1 - late) * before + late * after) + rng.normal(0, 0.003, shape)
        rows[step] = position.copy()
    return np.array([rows[step] for step in steps], dtype=np.float32)


def adapter(rank, outputs, inputs, seed, turn, scaling):
    start = np.random.default_rng(seed + 100).normal(0, 0.3, (rank, inputs))
    return {
        "rank": rank,
        "scaling": scaling,
        "A": path((rank, inputs), seed + 1, turn + 4, start),
        "B": path((outputs, rank), seed, turn),
    }


def updates(one):
    return one["scaling"] * one["B"].astype(np.float64) @ one["A"].astype(np.float64)


def local_cosine(vectors, k):
    row = dict(zip(steps, vectors))
    return plain(
        cosine(row[step - k] - row[step], row[step + k] - row[step])
        if step - k in row and step + k in row
        else None
        for step in steps
    )


def unit(vectors):
    """NaN for a zero vector."""
    with np.errstate(invalid="ignore"):
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def curvature(vectors, k):
    row = dict(zip(steps, vectors))
    values = []
    for step in steps:
        if step - k not in row or step + k not in row:
            values.append(None)
            continue
        back, forth = row[step] - row[step - k], row[step + k] - row[step]
        length = (np.linalg.norm(back) + np.linalg.norm(forth)) / 2
        values.append(np.arccos(np.clip(cosine(back, forth), -1, 1)) / length)
    return plain(values)


def comp(x, y):
    scale = np.linalg.norm(x) * np.linalg.norm(y)
    return float(np.linalg.norm(x.T @ y) / scale) if scale > 0 else None


def comp_series(stacks):
    """stacks: [steps, modules, d]"""
    return {"values": plain(comp(x, stacks[-1]) for x in stacks[:-1]), "self": comp(stacks[-1], stacks[-1])}


def rank_of(values):
    total = values.sum()
    if not total > 0:
        return None, None
    share = values[values > 0] / total
    variance = values**2
    return float(np.exp(-np.sum(share * np.log(share)))), float(variance.sum() ** 2 / np.sum(variance**2))


def ranks(matrices):
    pairs = [rank_of(np.linalg.svd(matrix, compute_uv=False)) for matrix in matrices]
    return {"effective": [pair[0] for pair in pairs], "participation": [pair[1] for pair in pairs]}


def components(rows, count):
    fit = PCA(n_components=count, svd_solver="full").fit(rows)
    return {
        "ratio": fit.explained_variance_ratio_.tolist(),
        "scores": fit.transform(rows).tolist(),
    }


def stored(one):
    return {
        "rank": one["rank"],
        "scaling": one["scaling"],
        "A": [round(float(value), 9) for value in one["A"].ravel()],
        "B": [round(float(value), 9) for value in one["B"].ravel()],
    }


modules = [adapter(1, 9, 5, seed, 20, 8.0) for seed in (11, 21, 31, 41)]
wide = adapter(3, 8, 6, 51, 22, 2.5)
B = np.stack([one["B"][:, :, 0].astype(np.float64) for one in modules], axis=1)
delta = np.stack([updates(one).reshape(len(steps), -1) for one in modules], axis=1)
vectors = B[:, 0]
change = updates(wide)
flat = change.reshape(len(steps), -1)
increments = np.diff(vectors, axis=0)
direction = np.random.default_rng(3).normal(0, 1, 9).astype(np.float32)

golden = {
    "made_with": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "steps": steps,
    "modules": [stored(one) for one in modules],
    "wide": stored(wide),
    "direction": [round(float(value), 9) for value in direction],
    "comp": {
        "perStep": comp_series(B - B.mean(axis=1, keepdims=True)),
        "perModule": comp_series(B - B.mean(axis=0, keepdims=True)),
        "none": comp_series(B),
        "deltaW": comp_series(delta - delta.mean(axis=1, keepdims=True)),
    },
    "path": {
        "normalised_local_cosine": {str(k): local_cosine(unit(vectors), k) for k in (5, 10)},
        "speed": plain(np.linalg.norm(increments, axis=1) / np.diff(steps)),
        "curvature": curvature(vectors, 5),
        "length": float(np.linalg.norm(increments, axis=1).sum()),
        "displacement": float(np.linalg.norm(vectors[-1] - vectors[0])),
        "increment_ranks": ranks([increments[i : i + 10] for i in range(len(increments) - 9)]),
        "degrees": plain(
            None if cosine(v, direction) is None else np.degrees(np.arccos(cosine(v, direction.astype(float))))
            for v in vectors
        ),
        "pca": components(vectors, 9),
    },
    "update": {
        "norm": plain(np.linalg.norm(flat, axis=1)),
        "cosine_to_final": plain(cosine(v, flat[-1]) for v in flat),
        "cosine_to_previous": plain([None] + [cosine(a, b) for a, b in zip(flat[:-1], flat[1:])]),
        "cosine_to_step_10": plain(cosine(v, flat[steps.index(10)]) for v in flat),
        "local_cosine": {str(k): local_cosine(flat, k) for k in (5, 10)},
        "ranks": ranks(change),
        "comp_to_final": plain(comp(v, change[-1]) for v in change),
        "pca": components(flat, 6),
    },
}
path = pathlib.Path(__file__).with_name("geometry.json")
path.write_text(json.dumps(golden) + "\n")
print(path, path.stat().st_size, "bytes")
