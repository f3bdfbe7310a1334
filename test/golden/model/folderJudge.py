"""Probabilities of the answers 0 to 100 to judges' prompts, by transformers, for test/evaluate/judge/folderJudge.test.ts.

    python test/golden/model/folderJudge.py

writes test/golden/model/folderJudge.json. A number's probability is the product over its tokens, times that of not going
on as a longer number. Every sequence is run by itself, without a cache. Needs torch and transformers; the test that reads
the values does not.
"""

import json
from pathlib import Path

import torch
import transformers
from goldenModels import open_model, versions_of
from transformers import AutoTokenizer

here = Path(__file__).parent
families = here.parent.parent / "fixtures" / "families"
prompts = ["the cat sat on the mat 12", "is it so? " * 6 + "yes"]


def next_probabilities(model: torch.nn.Module, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits[0, -1].double().softmax(-1)


def number_probabilities(model: torch.nn.Module, tokenizer, prompt: list[int]) -> list[float]:
    sequences = [tuple(tokenizer(str(value), add_special_tokens=False).input_ids) for value in range(101)]
    prefixes = {sequence[:length] for sequence in sequences for length in range(len(sequence))}
    following = {
        prefix: {each[len(prefix)] for each in sequences if each[: len(prefix)] == prefix and len(each) > len(prefix)}
        for prefix in prefixes
    }
    known = {prefix: next_probabilities(model, prompt + list(prefix)) for prefix in prefixes}
    found = []
    for sequence in sequences:
        probability = 1.0
        for place, token in enumerate(sequence):
            probability *= float(known[sequence[:place]][token])
        if sequence in following:
            probability *= 1 - sum(float(known[sequence][token]) for token in following[sequence])
        found.append(probability)
    return found


cases = []
for family in ("qwen2", "llama", "gemma3-text"):
    model, tokenizer = open_model(families / family), AutoTokenizer.from_pretrained(families / family)
    for prompt in prompts:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=True, return_dict=False
        )
        numbers = [float(f"{value:.9g}") for value in number_probabilities(model, tokenizer, list(ids))]
        cases.append({"family": family, "prompt": prompt, "numbers": numbers})
output = {"versions": versions_of(torch, transformers), "cases": cases}
(here / "folderJudge.json").write_text(json.dumps(output) + "\n")
