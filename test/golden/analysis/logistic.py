"""Logistic regressions for test/analysis/directions/sparseLogisticRegression.test.ts.

Run: python3 test/golden/analysis/logistic.py > test/golden/analysis/logistic.json
Needs numpy and scikit-learn. `liblinear` penalises the intercept like a weight (intercept_scaling 1), `saga` leaves it free.
"""

import json

import numpy as np
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(0)
rows, columns = 600, 6
labels = random.random(rows) < 0.4
features = random.normal(size=(rows, columns))
features[:, 1] = 0.8 * features[:, 0] + 0.6 * features[:, 1]
features += np.outer(labels - 0.4, [0.9, 0, -0.6, 0.3, 0, 0])
features[:, 4] = 0  # does not vary
features = ((features - features.mean(0)) / np.maximum(features.std(0), 1e-9)).round(3)


def fitted(solver, penalty, c):
    model = LogisticRegression(
        solver=solver, penalty=penalty, C=c, tol=1e-10, max_iter=200_000, intercept_scaling=1, random_state=0
    ).fit(features, labels)
    return {
        "solver": solver,
        "penalty": penalty,
        "c": c,
        "weights": model.coef_[0].tolist(),
        "bias": float(model.intercept_[0]),
    }


fits = [
    fitted(solver, penalty, c)
    for solver in ("liblinear", "saga")
    for penalty in ("l1", "l2")
    for c in (0.01, 1.0)
]
print(json.dumps({"features": features.tolist(), "labels": labels.tolist(), "fits": fits}))
