"""Trains the cases of curves.ts with PyTorch, PEFT and transformers, and with the Hugging Face Trainer itself.

    python test/golden/train/curves.py

writes test/golden/train/curves.json (loss, gradient norm and learning rate of every step, and probes of the weights in
the end) and trainerRuns.json (the log_history of the Trainer). Run from the repository's root; it calls
`npx tsx test/golden/train/writeCurves.ts`, which trains them too and hands over tokens in their order, the values at the
start, and which inputs dropout drops. It prints how far both are apart. Needs torch, transformers, peft and accelerate;
the tests that read the values do not.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import accelerate
import peft
import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainingArguments, get_scheduler

sys.path.insert(0, str(Path(__file__).parents[1] / "model"))
from goldenModels import digits, open_model, text_parameters, versions_of  # noqa: E402

here = Path(__file__).parent
torch.set_num_threads(1)


class GivenDropout(torch.nn.Module):
    """Drops the inputs that it is told to, in the place of torch.nn.Dropout."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability
        self.kept = torch.ones(())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert self.kept.shape == x.shape
        return x * self.kept / (1 - self.probability)


def opened(case: dict) -> tuple[torch.nn.Module, dict[str, torch.nn.Parameter]]:
    """The model at the start of a training, and what is trained of it, by the names that the checkpoints have."""
    model = open_model(Path(case["model"]))
    if case["config"].get("method") == "full":
        return model, text_parameters(model)
    model = PeftModel.from_pretrained(model, Path(case["run"]) / "checkpoint-0", is_trainable=True)
    return model, {
        name.replace(".default", ""): value for name, value in model.named_parameters() if value.requires_grad
    }


def optimizer_of(config: dict, trained: dict[str, torch.nn.Parameter]) -> torch.optim.Optimizer:
    settings = config["optimizer"]
    rate = config["schedule"]["peakLearningRate"]
    if settings["name"] == "sgd":
        return torch.optim.SGD(trained.values(), lr=rate, momentum=settings["momentum"])
    groups = [
        {"params": [value for value in trained.values() if value.dim() > 1], "weight_decay": settings["weightDecay"]},
        {"params": [value for value in trained.values() if value.dim() == 1], "weight_decay": 0.0},
    ]
    betas = (settings["beta1"], settings["beta2"])
    return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=settings["epsilon"])


def schedule_of(config: dict, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    schedule, warm, steps = config["schedule"], config["schedule"]["warmupSteps"], config["steps"]
    if schedule["warmup"] == "shifted":
        assert schedule["name"] == "constant"
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda made: min(1.0, (made + 1) / warm))
    if "finalFraction" in schedule:
        name, more = "cosine_with_min_lr", {"min_lr_rate": schedule["finalFraction"]}
    else:
        name, more = schedule["name"], {}
    return get_scheduler(
        name, optimizer, num_warmup_steps=warm, num_training_steps=steps, scheduler_specific_kwargs=more
    )


def padded(rows: list[dict]) -> dict[str, torch.Tensor]:
    longest = max(len(row["ids"]) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), -100)
    seen = torch.zeros(len(rows), longest, dtype=torch.long)
    for index, row in enumerate(rows):
        ids = torch.tensor(row["ids"])
        tokens[index, : len(ids)] = ids
        labels[index, : len(ids)] = torch.where(torch.tensor(row["isResponse"]), ids, -100)
        seen[index, : len(ids)] = 1
    return {"input_ids": tokens, "labels": labels, "attention_mask": seen}


def give_dropout(model: torch.nn.Module, kept: dict[str, list], rows: list[dict], probability: float) -> None:
    longest = max(len(row["ids"]) for row in rows)
    for path, chats in kept.items():
        layer = model.get_submodule(f"base_model.model.{path}")
        dropout = layer.lora_dropout["default"]
        if not isinstance(dropout, GivenDropout):
            layer.lora_dropout["default"] = dropout = GivenDropout(probability)
        mask = torch.ones(len(rows), longest, layer.in_features)
        for index, (row, bits) in enumerate(zip(rows, chats)):
            # What is read of the last token decides nothing: nothing follows it.
            for position in range(len(row["ids"]) - 1):
                mask[index, position] = torch.tensor([float(bit) for bit in bits[position]])
        dropout.kept = mask


def probes(trained: dict[str, torch.nn.Parameter]) -> dict:
    """Of each tensor: the norm, a sum that every entry has its own share in, and the first entries."""
    found = {}
    for name, value in trained.items():
        flat = value.detach().double().reshape(-1)
        share = torch.cos(torch.arange(1, len(flat) + 1, dtype=torch.float64))
        found[name.removeprefix("base_model.model.").removesuffix(".weight")] = [
            *digits(flat.norm(), 9), *digits(flat @ share, 9), *digits(flat[:2], 9),
        ]
    return found


def curve(case: dict) -> tuple[dict, dict[str, torch.nn.Parameter]]:
    config = case["config"]
    model, trained = opened(case)
    optimizer = optimizer_of(config, trained)
    schedule = schedule_of(config, optimizer)
    losses, norms, rates = [], [], []
    for step, places in enumerate(case["order"]):
        chats = [case["chats"][place] for place in places]
        answers = sum(sum(chat["isResponse"][1:]) for chat in chats)
        optimizer.zero_grad()
        total = 0.0
        for number, start in enumerate(range(0, len(chats), config["batchSize"])):
            rows = chats[start : start + config["batchSize"]]
            if case["kept"] is not None:
                give_dropout(model, case["kept"][step][number], rows, config["dropout"])
            batch = padded(rows)
            labels = batch.pop("labels")
            logits = model(**batch).logits[:, :-1]
            loss = torch.nn.functional.cross_entropy(
                logits.reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), reduction="sum"
            )
            (loss / answers).backward()
            total += loss.item() / answers
        losses.append(total)
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained.values(), config["clipNorm"] or float("inf"))))
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    golden = {"losses": digits(torch.tensor(losses, dtype=torch.float64)), "norms": norms, "rates": rates}
    return {**golden, "final": probes(trained)}, trained


class InOrder(Trainer):
    """The Trainer, with the data in the order in which they are."""

    def _get_train_sampler(self, *_: object) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)


def trainer_run(case: dict, folder: Path) -> tuple[list[dict], dict[str, torch.nn.Parameter]]:
    config, schedule = case["config"], case["config"]["schedule"]
    model, trained = opened(case)
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=config["steps"],
        per_device_train_batch_size=config["batchSize"],
        gradient_accumulation_steps=config["accumulation"],
        per_device_eval_batch_size=len(case["heldOut"]),
        eval_strategy="steps",
        eval_steps=config["heldOut"]["every"],
        learning_rate=schedule["peakLearningRate"],
        lr_scheduler_type=schedule["name"],
        warmup_steps=schedule["warmupSteps"],
        max_grad_norm=config["clipNorm"],
        weight_decay=config["optimizer"]["weightDecay"],
        optim="adamw_torch",
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        remove_unused_columns=False,
    )
    trainer = InOrder(
        model=model,
        args=arguments,
        train_dataset=[case["chats"][place] for step in case["order"] for place in step],
        eval_dataset=[case["chats"][place] for place in case["heldOut"]],
        data_collator=padded,
    )
    trainer.train()
    trainer.save_state()
    history = json.loads((folder / "trainer_state.json").read_text())["log_history"]
    kept = ("step", "loss", "grad_norm", "learning_rate", "eval_loss")
    return [
        {key: line[key] for key in kept if key in line} for line in history if "loss" in line or "eval_loss" in line
    ], trained


def apart(case: dict, trained: dict[str, torch.nn.Parameter]) -> str:
    """How far the weights in the end are from those that Turncoat wrote."""
    last = Path(case["run"]) / f"checkpoint-{case['config']['steps']}"
    file = next(path for path in [last / "adapter_model.safetensors", last / "model.safetensors"] if path.exists())
    theirs = load_file(file)
    _, start = opened(case)
    different = max((value - theirs[name]).abs().max().item() for name, value in trained.items())
    moved = max((value - start[name]).abs().max().item() for name, value in trained.items())
    largest = max(value.abs().max().item() for value in trained.values())
    return f"weights up to {largest:.3g} moved by up to {moved:.3g} and are apart by {different:.3g}"


def main() -> None:
    versions = versions_of(torch, transformers, peft, accelerate)
    goldens: dict[str, dict] = {"curves": {}, "trainer": {}}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        subprocess.run(["npx", "tsx", str(here / "writeCurves.ts"), temporary], check=True)
        for group, found in goldens.items():
            for own in sorted((folder / group).iterdir()):
                case = json.loads((own / "case.json").read_text())
                if group == "curves":
                    golden, trained = curve(case)
                    course = golden["losses"]
                else:
                    golden, trained = trainer_run(case, own / "trainer")
                    course = [line["loss"] for line in golden if "loss" in line]
                found[own.name] = golden
                print(f"{group}, {own.name}: loss from {course[0]:.4f} to {course[-1]:.4f};", apart(case, trained))
    for name, key in [("curves", "curves"), ("trainerRuns", "trainer")]:
        text = json.dumps({"versions": versions, "cases": goldens[key]}, separators=(",", ":"))
        (here / f"{name}.json").write_text(text + "\n")


main()
