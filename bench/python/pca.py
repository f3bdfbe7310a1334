"""The process in which scikit-learn decomposes a trajectory; see bench/analysisMessages.ts.

One JSON request a line on standard input, one JSON answer a line on standard output.
"""

import json
import resource
import sys
import time

import numpy as np
from sklearn.decomposition import PCA

rows = None
solver = None


def answer(request):
    global rows, solver
    if request["request"] == "load":
        rows = np.fromfile(request["path"], dtype=np.float32).reshape(-1, request["dimension"])
        rows = rows.astype(request["setting"]["dtype"])
        solver = request["setting"]["solver"]
        return {}
    if request["request"] == "pca":
        started, before = time.perf_counter(), time.process_time()
        fit = PCA(n_components=request["components"], svd_solver=solver, random_state=0)
        scores = fit.fit_transform(rows)
        return {
            "seconds": time.perf_counter() - started,
            "cpuSeconds": time.process_time() - before,
            "ratio": fit.explained_variance_ratio_.tolist(),
            "lastScore": np.abs(scores[-1]).tolist(),
        }
    if request["request"] == "peak":
        return {"peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
    raise ValueError(f"unknown request {request['request']}")


for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except Exception as error:  # the other side names the process and ends
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
