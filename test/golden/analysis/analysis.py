"""Reference numbers for test/analysis from NumPy, scikit-learn and SciPy. Run: python test/golden/analysis/analysis.py"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler


def cosine(a, b):
    scale = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / scale) if scale > 0 else None


def plain(values):
    return [None if value is None or np.isnan(value) else float(value) for value in values]


def trajectory():
    """40 steps, 0 to 41 without 13 and 27; zero at step 0; a bend near step 20."""
    rng = np.random.default_rng(7)
    steps = [step for step in range(42) if step not in (13, 27)]
    position = np.zeros(12)
    rows = {0: position.copy()}
    for step in range(1, 42):
        angle = np.pi / 2 / (1 + np.exp(-(step - 20) / 2))
        velocity = np.zeros(12)
        velocity[:2] = np.cos(angle), np.sin(angle)
        position = position + velocity * 0.02 + rng.normal(0, 0.002, 12)
        rows[step] = position.copy()
    vectors = np.array([rows[step] for step in steps], dtype=np.float32)
    return steps, vectors


def local_cosine(steps, vectors, k):
    row = {step: vectors[i].astype(np.float64) for i, step in enumerate(steps)}
    values, gate = [], []
    for step in steps:
        if step - k not in row or step + k not in row:
            values.append(None)
            gate.append(None)
            continue
        back, forth = row[step - k] - row[step], row[step + k] - row[step]
        values.append(cosine(back, forth))
        gate.append(float(max(np.linalg.norm(back), np.linalg.norm(forth))))
    return {"values": values, "gate": gate}


def regression(n, d, c, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3 == 0
    features = rng.normal(0, 1, (n, d)).astype(np.float32)
    features[labels, 0] += 1.0
    features[:, 1] *= 5
    scaled = StandardScaler().fit_transform(features.astype(np.float64))
    model = LogisticRegression(C=c, tol=1e-12, max_iter=100000, solver="newton-cg").fit(scaled, labels)
    return {
        "n": n,
        "d": d,
        "c": c,
        "features": [round(float(value), 9) for value in features.ravel()],
        "labels": [bool(label) for label in labels],
        "coefficients": model.coef_[0].tolist(),
        "intercept": float(model.intercept_[0]),
        "auroc": float(roc_auc_score(labels, model.decision_function(scaled))),
    }


steps, vectors = trajectory()
wide = vectors.astype(np.float64)
fit = PCA(n_components=2, svd_solver="full").fit(wide)
golden = {
    "made_with": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
    "steps": steps,
    "dimension": 12,
    "vectors": [round(float(value), 10) for value in vectors.ravel()],
    "norms": np.linalg.norm(wide, axis=1).tolist(),
    "cosine_to_final": plain([cosine(v, wide[-1]) for v in wide]),
    "cosine_to_previous": plain([None] + [cosine(a, b) for a, b in zip(wide[:-1], wide[1:])]),
    "cosine_to_step_10": plain([cosine(v, wide[steps.index(10)]) for v in wide]),
    "local_cosine": {str(k): local_cosine(steps, vectors, k) for k in (2, 5, 10)},
    "pca": {
        "scores": fit.transform(wide).tolist(),
        "explained_variance_ratio": fit.explained_variance_ratio_.tolist(),
        "explained_variance": fit.explained_variance_.tolist(),
        "components": fit.components_.tolist(),
        "mean": fit.mean_.tolist(),
    },
    "regressions": [regression(60, 4, 1.0, 1), regression(18, 25, 0.5, 2), regression(40, 3, 100.0, 3)],
}
path = pathlib.Path(__file__).with_name("analysis.json")
path.write_text(json.dumps(golden) + "\n")
print(path, path.stat().st_size, "bytes")
