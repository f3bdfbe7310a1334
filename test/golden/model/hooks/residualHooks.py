"""Computes what PyTorch's forward hooks do to a tiny model: adding to the residual stream, projecting out of it, and
replaying the scalars of adapters.

    python test/golden/model/hooks/residualHooks.py

writes test/golden/model/hooks/residualHooks.json about the folder test/fixtures/tiny-qwen2, which modelParity.py makes. Needs
torch, transformers and peft; the tests that read the values do not.
"""

import json
import math
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftModel

here = Path(__file__).parent
sys.path.insert(0, str(here.parent))
from goldenModels import digits, open_model, versions_of  # noqa: E402

folder = here.parents[2] / "fixtures" / "tiny-qwen2"
sequences = [[1, 3, 12, 40, 9, 4, 22], [1, 3, 33, 7, 18, 4, 45]]
prompts = [[1, 3, 12, 4], [1, 3, 40, 9, 22, 31, 4], [1, 3, 45, 45, 7, 8, 20, 33, 17, 4]]
new_tokens = 12
# Sequences whose scalars are replayed while the prompts are answered: 5, 20 and 2 tokens longer than these.
donors = [[1, 3] + [(7 * at + 5 * row) % 41 + 5 for at in range(size)] for row, size in enumerate([7, 25, 10])]


def sines(size: int, start: int) -> torch.Tensor:
    return torch.tensor([math.sin(at + start) for at in range(size)], dtype=torch.float32)


vectors = [sines(32, 1), sines(32, 50)]


@contextmanager
def residual_hook(model, layer, change, is_on=lambda stream: True):
    def hook(_, __, output):
        stream = output[0] if isinstance(output, tuple) else output
        changed = change(stream) if is_on(stream) else stream
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    handle = model.get_decoder().layers[layer].register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def add(vector, factor):
    return lambda stream: stream + factor * vector


def project_out(vector):
    unit = vector / vector.norm()
    return lambda stream: stream - (stream @ unit)[..., None] * unit


edits = {
    "add": [(0, add(vectors[0], 1.5))],
    "projectOut": [(0, project_out(vectors[0])), (1, project_out(vectors[1]))],
    "both": [(0, add(vectors[1], -0.7)), (0, project_out(vectors[0])), (1, add(vectors[0], 0.3))],
}


@torch.no_grad()
def edited_logits(model, name):
    with ExitStack() as stack:
        for layer, change in edits[name]:
            stack.enter_context(residual_hook(model, layer, change))
        return [digits(model(torch.tensor([ids])).logits.flatten()) for ids in sequences]


@torch.no_grad()
def answers(model, name):
    """Greedy answers whose prompt is read without the edits, and every token of the answer with them."""
    found, leads = [], []
    for prompt in prompts:
        with ExitStack() as stack:
            for layer, change in edits[name]:
                is_answer = lambda stream: stream.shape[1] == 1  # noqa: E731
                stack.enter_context(residual_hook(model, layer, change, is_answer))
            tokens, cache, new = [], None, torch.tensor([prompt])
            while len(tokens) < new_tokens:
                output = model(new, past_key_values=cache, use_cache=True)
                cache, logits = output.past_key_values, output.logits[0, -1]
                token = int(logits.argmax())
                top = logits.topk(2).values
                leads.append(float(top[0] - top[1]))
                if token == model.config.eos_token_id:
                    break
                tokens.append(token)
                new = torch.tensor([[token]])
        found.append(tokens)
    return found, min(leads)


def readers(model):
    return {
        name.removeprefix("base_model.model.").removesuffix(".lora_A.default"): module
        for name, module in model.named_modules()
        if name.endswith(".lora_A.default")
    }


@contextmanager
def reader_hooks(model, hook_of):
    handles = [module.register_forward_hook(hook_of(name)) for name, module in readers(model).items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def recorded_scalars(model, ids):
    recorded = {}
    with reader_hooks(model, lambda name: lambda _, __, output: recorded.__setitem__(name, output)):
        model(torch.tensor([ids]))
    return recorded


@torch.no_grad()
def patched_logits(model, ids, recorded):
    """Logits of a sequence with the scalars that the adapters read in the first tokens of another one."""
    with reader_hooks(model, lambda name: lambda _, __, ___: recorded[name][:, : len(ids)]):
        return model(torch.tensor([ids])).logits


@torch.no_grad()
def patched_answers(model):
    """Greedy answers under the scalars of other sequences, one token after each that has scalars."""
    found, leads = [], []
    for prompt, donor in zip(prompts, donors):
        recorded, tokens = recorded_scalars(model, donor), []
        while len(tokens) < new_tokens and len(prompt) + len(tokens) <= len(donor):
            logits = patched_logits(model, prompt + tokens, recorded)[0, -1]
            token = int(logits.argmax())
            top = logits.topk(2).values
            leads.append(float(top[0] - top[1]))
            if token == model.config.eos_token_id:
                break
            tokens.append(token)
        found.append(tokens)
    return found, min(leads)


def main() -> None:
    base = open_model(folder)
    edited = {name: edited_logits(base, name) for name in edits}
    answered = {name: answers(base, name) for name in edits}
    for name, (_, lead) in answered.items():
        print(f"{name}: smallest lead of the token taken {lead:.4f}")
    patched, patched_texts = {}, {}
    for name in ["rank1", "rank3"]:
        model = PeftModel.from_pretrained(open_model(folder), folder / f"adapter-{name}").eval()
        patched[name] = digits(patched_logits(model, sequences[0], recorded_scalars(model, sequences[1])).flatten())
        patched_texts[name], lead = patched_answers(model)
        print(f"{name} patched: smallest lead of the token taken {lead:.4f}")
    values = {
        "versions": versions_of(torch, transformers, peft),
        "sequences": sequences,
        "prompts": prompts,
        "edited": edited,
        "answers": {name: tokens for name, (tokens, _) in answered.items()},
        "patched": patched,
        "donors": donors,
        "patchedAnswers": patched_texts,
    }
    (here / "residualHooks.json").write_text(json.dumps(values) + "\n")


if __name__ == "__main__":
    main()
