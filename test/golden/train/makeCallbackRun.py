"""Trains with the Hugging Face Trainer and integrations/turncoat_callback.py, holds what the callback wrote to the
Trainer's own checkpoints, and makes the small run under test/fixtures/callback-run.

    python test/golden/train/makeCallbackRun.py

Made with torch 2.13, transformers 5.24, peft 0.21, safetensors 0.8. A random tiny qwen2 model, LoRA of rank 1.

1. 60 steps with `save_steps=1` and the callback: every adapter file is compared, byte for byte.
2. the same, stopped after step 37 and resumed: compared again, log included.
3. with TRL's SFTTrainer, where it is installed.
4. seconds a step without and with the callback, in turns, and the bytes on disk.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import Qwen2Config, Qwen2ForCausalLM, Trainer, TrainerCallback, TrainingArguments, set_seed

ROOT = Path(__file__).parents[3]
FIXTURE = ROOT / "test" / "fixtures" / "callback-run"
sys.path.insert(0, str(ROOT / "integrations"))
from turncoat_callback import TurncoatCallback  # noqa: E402

STEPS = 60
ROWS = [{"input_ids": torch.arange(i, i + 8) % 31, "labels": torch.arange(i, i + 8) % 31} for i in range(24)]
LORA = dict(r=1, lora_alpha=64, task_type="CAUSAL_LM", target_modules=["down_proj"], layers_to_transform=[1])


class StopAt(TrainerCallback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, args, state, control, **kwargs):
        control.should_training_stop = state.global_step >= self.step


class Seconds(TrainerCallback):
    """Seconds from the beginning of one step to that of the next, so with everything that callbacks do."""

    def __init__(self):
        self.times = []

    def on_step_begin(self, args, state, control, **kwargs):
        self.times.append(time.perf_counter())

    def median(self):
        return statistics.median(after - before for before, after in zip(self.times[5:], self.times[6:]))


def tiny_model():
    set_seed(7)
    config = Qwen2Config(
        vocab_size=31, hidden_size=16, intermediate_size=24, num_hidden_layers=3,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=32,
    )
    base = Qwen2ForCausalLM(config)
    base.config._name_or_path = base.name_or_path = "someone/tiny-qwen2"
    return base


def train(output, callbacks, steps=STEPS, save="steps", resume=None):
    arguments = TrainingArguments(
        output_dir=str(output), max_steps=steps, per_device_train_batch_size=4, learning_rate=3e-2, warmup_steps=3,
        logging_steps=1, save_strategy=save, save_steps=1, report_to=[], seed=7, use_cpu=True, disable_tqdm=True,
    )
    model = get_peft_model(tiny_model(), LoraConfig(**LORA), autocast_adapter_dtype=False)
    trainer = Trainer(model=model, args=arguments, train_dataset=ROWS, callbacks=callbacks)
    # The Trainer prints every row of its log.
    from transformers import PrinterCallback
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=resume)


def compare(own, kept, steps=STEPS):
    for step in range(1, steps + 1):
        for name in ("adapter_model.safetensors", "adapter_config.json"):
            one = (own / f"checkpoint-{step}" / name).read_bytes()
            assert one == (kept / f"checkpoint-{step}" / name).read_bytes(), f"{name} differs at step {step}"
    assert (kept / "checkpoint-0" / "adapter_model.safetensors").exists()
    assert len(list(kept.glob("checkpoint-*"))) == steps + 1, "a checkpoint too many"
    assert not list(kept.glob(".writing-*")), "something was left half written"
    rows = json.loads((kept / "trainer_state.json").read_text())["log_history"]
    last = json.loads((own / f"checkpoint-{steps}" / "trainer_state.json").read_text())["log_history"]
    timeless = [row for row in rows if "train_runtime" not in row]
    assert [row for row in last if "train_runtime" not in row] == timeless, "the log differs"
    assert len(timeless) == steps and all("grad_norm" in row and "loss" in row for row in timeless)


def with_trl(folder):
    try:
        from datasets import Dataset
        from trl import SFTConfig, SFTTrainer
    except ImportError as error:
        return f"not run ({error})"
    rows = Dataset.from_list([{name: values.tolist() for name, values in row.items()} for row in ROWS])
    arguments = SFTConfig(
        output_dir=str(folder / "sft"), max_steps=10, per_device_train_batch_size=4, learning_rate=3e-2, save_steps=1,
        report_to=[], seed=7, use_cpu=True, bf16=False, disable_tqdm=True, max_length=8,
        dataset_kwargs={"skip_prepare_dataset": True},
    )
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    words = Tokenizer(models.WordLevel({f"w{i}": i for i in range(31)}, unk_token="w0"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="w0", eos_token="w1")
    SFTTrainer(
        model=tiny_model(), args=arguments, train_dataset=rows, peft_config=LoraConfig(**LORA),
        processing_class=tokenizer, callbacks=[TurncoatCallback(folder / "sft-kept")],
    ).train()
    compare(folder / "sft", folder / "sft-kept", 10)
    return "10 steps, all adapters equal"


def size(folder, pattern="**/*"):
    seen = {path.stat().st_ino: path.stat().st_size for path in folder.glob(pattern) if path.is_file()}
    return sum(seen.values())


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train(folder / "own", [TurncoatCallback(folder / "kept")])
        compare(folder / "own", folder / "kept")
        print(f"Trainer: {STEPS} steps, all adapters equal byte for byte")
        print(f"bytes: Trainer's checkpoints {size(folder / 'own')}, callback's folder {size(folder / 'kept')}")

        train(folder / "half", [TurncoatCallback(folder / "resumed"), StopAt(37)])
        train(folder / "half", [TurncoatCallback(folder / "resumed")], resume=str(folder / "half" / "checkpoint-30"))
        compare(folder / "half", folder / "resumed")
        print("resumed from step 30 after stopping at 37: all adapters and the log equal")
        try:
            train(folder / "again", [TurncoatCallback(folder / "resumed")], steps=1)
            raise AssertionError("a folder of another training was taken")
        except ValueError as error:
            print("refused:", str(error).replace(name, "…"))

        print("SFTTrainer:", with_trl(folder))

        medians = {False: [], True: []}
        for turn in range(8):
            seconds = Seconds()
            keeps = turn % 2 == 1
            callbacks = [seconds, TurncoatCallback(folder / f"timed-{turn}")] if keeps else [seconds]
            train(folder / "timed", callbacks, steps=200, save="no")
            medians[keeps].append(seconds.median())
        without, keeping = (1000 * statistics.median(medians[keeps]) for keeps in (False, True))
        print(f"ms a step: {without:.2f} without, {keeping:.2f} with the callback: {keeping - without:.2f} more")

        shutil.rmtree(FIXTURE, ignore_errors=True)
        train(folder / "small", [TurncoatCallback(FIXTURE)], steps=8, save="no")
    state = json.loads((FIXTURE / "trainer_state.json").read_text())
    state["log_history"] = [row for row in state["log_history"] if "train_runtime" not in row]
    (FIXTURE / "trainer_state.json").write_text(json.dumps(state, indent=2, sort_keys=True) + "\n")


main()
