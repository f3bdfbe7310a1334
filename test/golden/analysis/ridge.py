"""Ridge regressions for test/analysis/directions/ridgeRegression.test.ts.

Run: python3 test/golden/analysis/ridge.py > test/golden/analysis/ridge.json
Needs numpy and scikit-learn. Coefficients are of the features as they are, the standardisation undone.
"""

import json

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def fitted(features, target, alpha):
    pipeline = make_pipeline(StandardScaler(), Ridge(alpha=alpha)).fit(features, target)
    scaler, ridge = pipeline.named_steps["standardscaler"], pipeline.named_steps["ridge"]
    weights = ridge.coef_ / scaler.scale_
    return {"weights": weights.tolist(), "bias": float(ridge.intercept_ - weights @ scaler.mean_)}


def case(rows, columns, seed):
    random = np.random.default_rng(seed)
    features = (random.normal(size=(rows, columns)) * np.geomspace(0.01, 100, columns) + 3).round(6)
    features[:, columns // 2] = 2.5  # does not vary
    targets = [(features @ random.normal(size=columns) + random.normal(size=rows)).round(6) for _ in range(2)]
    groups = [int(group) for group in random.integers(0, 3, size=rows)]
    kept = [row for row, group in enumerate(groups) if group != 1]
    return {
        "features": features.tolist(),
        "targets": [target.tolist() for target in targets],
        "groups": groups,
        "fits": [
            {
                "alpha": alpha,
                "all": [fitted(features, target, alpha) for target in targets],
                "without1": [fitted(features[kept], target[kept], alpha) for target in targets],
            }
            for alpha in (0.1, 30.0)
        ],
    }


print(json.dumps({"moreRows": case(14, 5, 0), "moreFeatures": case(7, 10, 1)}))
