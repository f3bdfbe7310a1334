"""What the scripts beside it share: opening models, the loss over responses, versions, and rounding."""

from pathlib import Path
from types import ModuleType

import torch
from transformers import AutoModelForCausalLM


def open_model(folder: Path) -> torch.nn.Module:
    """In float32, with attention written out, so that nothing depends on the machine's fast kernels."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def response_loss(model: torch.nn.Module, rows: list[dict]) -> torch.Tensor:
    """Mean cross-entropy of the response tokens of right-padded rows, each with `ids` and `isResponse`."""
    longest = max(len(row["ids"]) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), -100)
    seen = torch.zeros(len(rows), longest, dtype=torch.long)
    for index, row in enumerate(rows):
        ids = torch.tensor(row["ids"])
        tokens[index, : len(ids)] = ids
        labels[index, : len(ids)] = torch.where(torch.tensor(row["isResponse"]), ids, -100)
        seen[index, : len(ids)] = 1
    logits = model(input_ids=tokens, attention_mask=seen).logits
    return torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1))


def text_parameters(model: torch.nn.Module) -> dict[str, torch.nn.Parameter]:
    """The parameters of the text model, under the names that they have there alone."""
    found = {}
    for name, value in model.named_parameters():
        if "vision" not in name and "multi_modal" not in name:
            found[name.replace("model.language_model.", "model.")] = value
    return found


def versions_of(*libraries: ModuleType) -> dict[str, str]:
    return {library.__name__: library.__version__ for library in libraries}


def digits(values: torch.Tensor, count: int = 9) -> list[float]:
    return [float(f"{value:.{count}g}") for value in values.detach().reshape(-1).tolist()]
