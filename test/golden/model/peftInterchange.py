"""Adapters made by PEFT for the tiny models, and what PEFT makes of adapters and merged models that Turncoat wrote.

    python test/golden/model/peftInterchange.py

writes the adapters test/fixtures/peft-adapters/* and the values test/golden/model/peftInterchange.json. Run from the
repository's root, after modelParity.py; it calls `npx tsx test/golden/model/writeOwnAdapters.ts`. Needs torch,
transformers, peft and safetensors; the tests that read the values do not.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import peft
import torch
import transformers
from goldenModels import digits, open_model, versions_of
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

here = Path(__file__).parent
fixtures = here.parents[1] / "fixtures"
ids = [1, 5, 6, 7, 8, 20, 30]
kept_positions = 3
# PEFT only warns where a file and a config do not belong together.
warnings.filterwarnings("error", message=".*(missing|unexpected).*keys.*")

adapters = {
    "ranks-f32": (
        "tiny-qwen2",
        torch.float32,
        LoraConfig(
            r=2,
            lora_alpha=6,
            target_modules=["k_proj", "up_proj", "down_proj"],
            rank_pattern={"layers.0.mlp.up_proj": 3, "k_proj": 1},
            alpha_pattern={"down_proj": 5, ".*layers.1.*": 4},
        ),
    ),
    "rslora-expression-bf16": (
        "tiny-qwen2-untied",
        torch.bfloat16,
        LoraConfig(
            r=4,
            lora_alpha=3,
            use_rslora=True,
            target_modules=r".*\.layers\.(?P<layer>[01])\.(self_attn\.[qo]_proj|mlp\.gate_proj)",
            rank_pattern={r"self_attn\.q_proj": 2},
        ),
    ),
    "all-linear-f16": (
        "tiny-qwen2-untied",
        torch.float16,
        LoraConfig(r=1, lora_alpha=2, target_modules="all-linear"),
    ),
    "layers-f32": (
        "tiny-qwen2",
        torch.float32,
        LoraConfig(
            r=2,
            lora_alpha=2,
            use_rslora=True,
            target_modules=["v_proj", "o_proj", "down_proj"],
            layers_to_transform=[1],
            layers_pattern="layers",
            exclude_modules=["v_proj"],
        ),
    ),
}


def base_model(name: str) -> torch.nn.Module:
    return open_model(fixtures / name)


def logits(model: torch.nn.Module) -> list[list[float]]:
    with torch.no_grad():
        rows = model.eval()(torch.tensor([ids])).logits[0, -kept_positions:]
    return [digits(row, 8) for row in rows]


def make_adapter(folder: Path, base: str, dtype: torch.dtype, lora: LoraConfig, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    lora.task_type = "CAUSAL_LM"
    model = get_peft_model(base_model(base), lora, autocast_adapter_dtype=False)
    model.peft_config["default"].base_model_name_or_path = base
    for key, value in model.named_parameters():
        if "lora_" in key:
            value.data = (torch.randn(value.shape, generator=generator) * 0.2).to(dtype)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    stored = {value.dtype for value in load_file(folder / "adapter_model.safetensors").values()}
    assert stored == {dtype}, stored


def main() -> None:
    golden: dict = {"versions": versions_of(torch, transformers, peft), "ids": ids, "peft": {}, "own": {}}
    folder = fixtures / "peft-adapters"
    shutil.rmtree(folder, ignore_errors=True)
    for seed, (name, (base, dtype, lora)) in enumerate(adapters.items()):
        make_adapter(folder / name, base, dtype, lora, seed)
        model = PeftModel.from_pretrained(base_model(base), folder / name)
        golden["peft"][name] = {"base": base, "logits": logits(model)}
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run(["npx", "tsx", str(here / "writeOwnAdapters.ts"), temporary], check=True)
        for own in sorted(Path(temporary).iterdir()):
            base = (own / "base.txt").read_text()
            model = PeftModel.from_pretrained(base_model(base), own / "adapter")
            weights = (own / "adapter" / "adapter_model.safetensors").read_bytes()
            result = {"sha256": hashlib.sha256(weights).hexdigest(), "logits": logits(model)}
            expected = model.merge_and_unload().state_dict()
            merged = AutoModelForCausalLM.from_pretrained(own / "merged", attn_implementation="eager")
            difference = max((value - expected[key]).abs().max().item() for key, value in merged.state_dict().items())
            print(own.name, "weights merged by PEFT and by Turncoat differ by", difference)
            assert difference < 1e-6 and next(merged.parameters()).dtype == torch.float32
            result["merged"] = logits(merged)
            golden["own"][own.name] = result
    (here / "peftInterchange.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
