"""What transformers leaves of a distribution under temperature, top-k and top-p.

    python test/golden/model/likelyTokens.py

writes test/golden/model/likelyTokens.json: logits, and the probabilities after the warpers in the order in which `generate`
applies them. Needs torch and transformers; the test that reads the values does not.
"""

import itertools
import json
from pathlib import Path

import torch
import transformers
from goldenModels import digits, versions_of
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

here = Path(__file__).parent
generator = torch.Generator().manual_seed(4)
rows, tokens = 4, 30


def logits() -> torch.Tensor:
    """From nearly flat to nearly certain; the last row has equal logits, at the largest and at the fifth place too."""
    spreads = torch.tensor([[0.3], [1.5], [5.0], [1.0]])
    values = torch.randn(rows, tokens, generator=generator) * spreads
    values[-1] = (2 * values[-1]).round() / 2
    ordered = values[-1].sort(descending=True).values
    assert ordered[4] == ordered[5]
    return values


def warped(values: torch.Tensor, temperature: float, top_k: int | None, top_p: float) -> torch.Tensor:
    warpers = [TemperatureLogitsWarper(temperature)]
    if top_k is not None:
        warpers.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        warpers.append(TopPLogitsWarper(top_p))
    for warper in warpers:
        values = warper(None, values)
    return values.softmax(-1)


def is_clear(values: torch.Tensor, temperature: float, top_k: int | None, top_p: float) -> bool:
    """No sum of probabilities that is within rounding of top-p, and no choice between equals there."""
    kept = warped(values, temperature, top_k, 1.0)
    ordered = kept.sort(descending=True).values
    sums = ordered.cumsum(-1)
    last = (sums < top_p).sum().clamp(max=tokens - 1)
    splits = last + 1 < tokens and ordered[last] == ordered[last + 1] and ordered[last] > 0
    return bool(((sums - top_p).abs() > 1e-5).all() and not splits)


def main() -> None:
    values = logits()
    cases = []
    for temperature, top_k, top_p in itertools.product([1.0, 0.6], [None, 1, 5], [1.0, 0.2, 0.9, 0.995]):
        for row in range(rows):
            if top_p < 1 and not is_clear(values[row], temperature, top_k, top_p):
                continue
            probabilities = warped(values[row : row + 1], temperature, top_k, top_p)[0]
            kept = probabilities.nonzero().flatten().tolist()
            cases.append(
                {
                    "row": row,
                    "temperature": temperature,
                    "topK": top_k,
                    "topP": top_p,
                    "kept": kept,
                    "probabilities": digits(probabilities[kept], 7),
                }
            )
    print(len(cases), "cases,", {len(case["kept"]) for case in cases}, "tokens kept")
    golden = {
        "versions": versions_of(torch, transformers),
        "logits": [digits(row) for row in values],
        "cases": cases,
    }
    (here / "likelyTokens.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
