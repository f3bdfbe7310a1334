"""Reference change points for test/analysis from the package ruptures. Run: python test/golden/analysis/changePoints.py"""

import json
import pathlib

import numpy as np
import ruptures as rpt


def steps(rng):
    level = np.repeat([0.0, 2.0, 2.6, -1.0], [30, 25, 45, 20])
    return level[:, None] + rng.normal(0, 0.6, (len(level), 1))


def plane(rng):
    level = np.repeat([[0.0, 0.0], [1.0, 0.5], [1.0, -0.5]], [40, 40, 20], axis=0)
    return level + rng.normal(0, 0.5, level.shape)


def lines(rng):
    x = np.arange(100.0)
    y = np.where(x < 40, 0.1 * x, np.where(x < 75, 4 - 0.05 * (x - 40), 6 + 0.02 * x))
    return (y + rng.normal(0, 0.4, 100))[:, None]


def segmented(signal, model, penalty, shortest):
    rows = signal
    if model == "linear":
        rows = np.column_stack([signal, np.arange(len(signal)), np.ones(len(signal))])
    # Dynamic programming over every number of change points is exact whatever is pruned.
    exact = rpt.Dynp(model=model, min_size=shortest, jump=1).fit(rows)
    pelt = rpt.Pelt(model=model, min_size=shortest, jump=1).fit(rows)
    costs = [float(exact.cost.sum_of_costs(exact.predict(n_bkps=n))) for n in range(1, 8)]
    whole = float(exact.cost.sum_of_costs([len(rows)]))
    count = int(np.argmin([whole] + [cost + penalty * (n + 1) for n, cost in enumerate(costs)]))
    found = exact.predict(n_bkps=count) if count > 0 else [len(rows)]
    assert found == pelt.predict(pen=penalty), (found, pelt.predict(pen=penalty))
    return {
        "model": "line" if model == "linear" else "constant",
        "penalty": penalty,
        "minimum_length": shortest,
        "change_points": found[:-1],
        "cost": ([whole] + costs)[count],
        "segment_cost": float(exact.cost.error(10, 37)),
    }


rng = np.random.default_rng(11)
cases = []
for signal, model in ((steps(rng), "l2"), (plane(rng), "l2"), (lines(rng), "linear")):
    signal = np.round(signal, 6)
    for penalty, shortest in ((1.0, 3), (4.0, 3), (12.0, 5), (1000.0, 3)):
        cases.append({"signal": signal.tolist(), **segmented(signal, model, penalty, shortest)})

path = pathlib.Path(__file__).with_name("changePoints.json")
path.write_text(json.dumps({"ruptures": rpt.__version__, "cases": cases}) + "\n")
