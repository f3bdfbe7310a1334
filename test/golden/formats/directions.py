"""Runs the code of docs/directions-format.md on a small adapter. Run: python test/golden/formats/directions.py"""

import hashlib
import json
import pathlib
import re

here = pathlib.Path(__file__).parent
page = (here.parents[2] / "docs/directions-format.md").read_text()
projections, _ = page.split("## Trained vectors")
code = "".join(re.findall(r"```python\n(.*?)```", projections, re.DOTALL))
exec(code)


def matrix(rows, columns, factor, scale):
    """Numbers that a test can make again without a generator."""
    return ((np.arange(rows * columns) * factor) % 101 - 50).reshape(rows, columns) / scale


def adapters(step):
    a = matrix(2, 24, 37, 64)
    return {
        "model.layers.0.mlp.down_proj": (a, matrix(16, 2, 53 + step, 4096), 2.0),
        "model.layers.1.mlp.down_proj": (a + 0.5, matrix(16, 2, 29 + step, 4096), 2.0),
    }


paths = [here / f"directions-{step}.safetensors" for step in (1, 2)]
for step, path in zip((1, 2), paths):
    write_directions(str(path), step, adapters(step), numbers=64, seed=3)
read = {
    "cosine": float(cosine(*map(whole_update, paths))),
    "sha256OfCode": hashlib.sha256(code.encode()).hexdigest(),
}
(here / "directions.json").write_text(json.dumps(read, indent=1) + "\n")
for path in paths:
    path.chmod(0o644)
