"""Makes the two small runs under test/fixtures/peft-run-* with the Hugging Face Trainer and PEFT, and the
numbers the tests compare with (peftRun.json).

    python test/golden/train/makePeftRun.py

Made with torch 2.13, transformers 5.23, peft 0.21, safetensors 0.8. Both runs are folders "made by someone
else": a random tiny qwen2 model, LoRA on two modules, checkpoints at irregular steps, no run.json.

peft-run-rslora-bf16  rank 2, rsLoRA, bfloat16; trainer_state.json only inside the checkpoints kept below;
                      the top-level adapter is NOT the last checkpoint
peft-run-rank1-f32    rank 1, plain scaling, float32; the top-level adapter equals the last checkpoint
"""

import json
import math
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import Qwen2Config, Qwen2ForCausalLM, Trainer, TrainerCallback, TrainingArguments, set_seed

HERE = Path(__file__).parent
FIXTURES = HERE.parents[1] / "fixtures"
SAVED_STEPS = [1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 33]


class SaveAt(TrainerCallback):
    def on_step_end(self, args, state, control, **kwargs):
        control.should_save = state.global_step in SAVED_STEPS
        control.should_evaluate = state.global_step in (15, 30)


def train(folder, lora, dtype):
    shutil.rmtree(folder, ignore_errors=True)
    set_seed(7)
    config = Qwen2Config(
        vocab_size=31, hidden_size=16, intermediate_size=24, num_hidden_layers=3,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=32,
    )
    base = Qwen2ForCausalLM(config).to(dtype)
    base.config._name_or_path = "someone/tiny-qwen2"
    base.name_or_path = "someone/tiny-qwen2"
    model = get_peft_model(base, lora, autocast_adapter_dtype=False)
    rows = [{"input_ids": torch.arange(i, i + 8) % 31, "labels": torch.arange(i, i + 8) % 31} for i in range(24)]
    arguments = TrainingArguments(
        output_dir=str(folder), max_steps=SAVED_STEPS[-1], per_device_train_batch_size=4, learning_rate=3e-2,
        warmup_steps=3, logging_steps=1, save_strategy="no", eval_strategy="no", save_only_model=True,
        report_to=[], seed=7, use_cpu=True, disable_tqdm=True,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=rows, eval_dataset=rows[:4], callbacks=[SaveAt()])
    trainer.train()
    return model


def keep_only_what_is_read(folder):
    for path in folder.rglob("*"):
        if path.name in ("README.md", "training_args.bin", "config.json"):
            path.unlink()
    last = folder / f"checkpoint-{SAVED_STEPS[-1]}"
    for path in folder.glob("checkpoint-*/trainer_state.json"):
        if path.parent != last:
            path.unlink()


def golden(folder):
    config = json.loads((folder / f"checkpoint-{SAVED_STEPS[-1]}" / "adapter_config.json").read_text())
    rank, alpha = config["r"], config["lora_alpha"]
    steps = []
    for step in SAVED_STEPS:
        tensors = load_file(folder / f"checkpoint-{step}" / "adapter_model.safetensors")
        modules = {}
        for name in sorted(tensors):
            matrix = name.split(".")[-2]
            path = name.removeprefix("base_model.model.").removesuffix(f".{matrix}.weight")
            values = tensors[name].to(torch.float64)
            modules.setdefault(path, {})[matrix] = {
                "shape": list(values.shape),
                "first": values.flatten()[:5].tolist(),
                "last": values.flatten()[-1].item(),
                "norm": values.norm().item(),
                "sum": values.sum().item(),
            }
        steps.append({"step": step, "modules": modules})
    return {"scaling": alpha / (math.sqrt(rank) if config["use_rslora"] else rank), "steps": steps}


def main():
    rslora = FIXTURES / "peft-run-rslora-bf16"
    train(
        rslora,
        LoraConfig(r=2, lora_alpha=8, use_rslora=True, task_type="CAUSAL_LM",
                   target_modules=["down_proj", "o_proj"], layers_to_transform=[1]),
        torch.bfloat16,
    )
    shutil.copy(rslora / "checkpoint-30" / "adapter_model.safetensors", rslora / "adapter_model.safetensors")
    shutil.copy(rslora / "checkpoint-30" / "adapter_config.json", rslora / "adapter_config.json")
    keep_only_what_is_read(rslora)

    rank1 = FIXTURES / "peft-run-rank1-f32"
    model = train(
        rank1,
        LoraConfig(r=1, lora_alpha=64, task_type="CAUSAL_LM",
                   target_modules=["down_proj"], layers_to_transform=[0, 2]),
        torch.float32,
    )
    model.save_pretrained(rank1)
    keep_only_what_is_read(rank1)

    numbers = {folder.name: golden(folder) for folder in (rslora, rank1)}
    (HERE / "peftRun.json").write_text(json.dumps(numbers, indent=1) + "\n")


main()
