"""Makes two tiny random Qwen2 models with LoRA adapters, and what transformers and PEFT compute with them.

    python test/golden/model/modelParity.py

writes the model folders test/fixtures/tiny-qwen2 (tied embeddings, float32) and tiny-qwen2-untied (bfloat16)
and the values test/golden/model/modelParity.json. Needs torch, transformers, peft and tokenizers; the tests that read
the values do not.
"""

import copy
import json
import shutil
from pathlib import Path

import peft
import torch
import transformers
from goldenModels import digits, open_model, response_loss, versions_of
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

here = Path(__file__).parent
fixtures = here.parents[1] / "fixtures"
words = [f"w{index}" for index in range(46)]
special = ["<pad>", "<bos>", "<eos>", "<user>", "<assistant>", "<unk>"]
template = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<' + message['role'] + '>' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}"
)
projections = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
adapters = {
    "rank1": LoraConfig(
        r=1, lora_alpha=16, use_rslora=True, target_modules=["down_proj"], layers_to_transform=[1]
    ),
    "rank3": LoraConfig(r=3, lora_alpha=4, use_rslora=True, target_modules=projections),
}


def make_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    vocabulary = {token: index for index, token in enumerate(special + words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        additional_special_tokens=["<user>", "<assistant>"],
        padding_side="left",
    )
    fast.chat_template = template
    fast.save_pretrained(folder)
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    return fast


def randomize(model: torch.nn.Module, generator: torch.Generator) -> None:
    """Large weights and uneven norms, so that attention is far from uniform and every term matters."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "lora_" in name:
                value.copy_(torch.randn(value.shape, generator=generator) * 0.15)
            elif "norm" in name:
                value.copy_(0.5 + torch.rand(value.shape, generator=generator))
            else:
                value.copy_(torch.randn(value.shape, generator=generator) * (1.0 if "embed" in name else 0.25))


def make_model(folder: Path, tied: bool, dtype: torch.dtype, seed: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    config = Qwen2Config(
        vocab_size=len(special) + len(words),
        hidden_size=32,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        tie_word_embeddings=tied,
        rope_theta=10000.0 if tied else 1000000.0,
        rms_norm_eps=1e-6 if tied else 1e-5,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    generator = torch.Generator().manual_seed(seed)
    model = Qwen2ForCausalLM(config)
    randomize(model, generator)
    model.to(dtype).save_pretrained(folder)
    make_tokenizer(folder)
    for name, lora in adapters.items():
        base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        peft_model = get_peft_model(base, copy.deepcopy(lora))
        peft_model.peft_config["default"].base_model_name_or_path = folder.name
        for key, value in peft_model.named_parameters():
            if "lora_" in key:
                value.data.copy_(torch.randn(value.shape, generator=generator) * 0.15)
        peft_model.save_pretrained(folder / f"adapter-{name}")
        (folder / f"adapter-{name}" / "README.md").unlink(missing_ok=True)


def chat(seed: int, lengths: list[int]) -> list[dict[str, str]]:
    generator = torch.Generator().manual_seed(seed)
    turns = []
    for index, length in enumerate(lengths):
        picked = torch.randint(0, len(words), (length,), generator=generator)
        role = "user" if index % 2 == 0 else "assistant"
        turns.append({"role": role, "content": " ".join(words[i] for i in picked)})
    return turns


chats = [chat(1, [3, 4]), chat(2, [7, 2]), chat(3, [2, 3, 4, 5])]
prompts = [chat(seed, [length]) for seed, length in [(11, 1), (12, 4), (13, 6), (14, 11)]]


def response_mask(tokenizer: PreTrainedTokenizerFast, messages: list[dict[str, str]]) -> tuple[list[int], list[bool]]:
    ids: list[int] = []
    mask: list[bool] = []
    for index, message in enumerate(messages):
        for upto, generation in ((index, True), (index + 1, False)) if message["role"] == "assistant" else ():
            whole = tokenizer.apply_chat_template(
                messages[:upto], add_generation_prompt=generation, return_dict=False
            )
            mask += [not generation] * (len(whole) - len(ids))
            ids = list(whole)
    return ids, mask


def rounded(tensor: torch.Tensor) -> list:
    values = tensor.detach().float()
    if values.dim() > 1:
        return [rounded(row) for row in values]
    return digits(values, 8)


def trajectory_margin(model: torch.nn.Module, prompt: list[int], answer: list[int]) -> float:
    """The smallest lead of a greedy token over the runner-up."""
    logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
    top = logits.topk(2, -1).values
    return (top[:, 0] - top[:, 1]).min().item()


def values(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast) -> dict:
    result: dict = {}
    rows = [response_mask(tokenizer, messages) for messages in chats]
    ids, mask = rows[2]
    residuals: list[torch.Tensor] = []
    # The residual stream itself: transformers applies the final norm to the last entry of hidden_states.
    hooks = [
        module.register_forward_hook(
            lambda _module, _inputs, output: residuals.append(output[0] if isinstance(output, tuple) else output)
        )
        for name, module in model.named_modules()
        if name.split(".")[-2:-1] == ["layers"]
    ]
    with torch.no_grad():
        output = model(torch.tensor([ids]), output_hidden_states=True)
    for hook in hooks:
        hook.remove()
    inner = torch.equal(output.hidden_states[1].reshape(-1), residuals[0].reshape(-1))
    assert inner, "hidden_states[L + 1] should be what layer L gives"
    result["ids"] = ids
    result["isResponse"] = mask
    result["logits"] = rounded(output.logits[0])
    chosen = torch.tensor(mask)
    result["responseMeans"] = [rounded(residual.reshape(len(ids), -1)[chosen].mean(0)) for residual in residuals]

    loss = response_loss(model, [{"ids": row, "isResponse": marks} for row, marks in rows])
    result["loss"] = loss.item()
    trained = {name: value for name, value in model.named_parameters() if "lora_" in name}
    if trained:
        gradients = torch.autograd.grad(loss, list(trained.values()))
        result["gradients"] = {
            name.removeprefix("base_model.model.").replace(".default.weight", ""): rounded(gradient.reshape(-1))
            for name, gradient in zip(trained, gradients)
        }

    texts = [
        tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False) for messages in prompts
    ]
    batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False, return_token_type_ids=False)
    generated = model.generate(**batch, do_sample=False, max_new_tokens=32)
    greedy = []
    margin = float("inf")
    for row, text in zip(generated[:, batch["input_ids"].shape[1] :].tolist(), texts):
        ended = row.index(2) if 2 in row else len(row)
        prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            margin = min(margin, trajectory_margin(model, prompt, row[: ended + 1]))
        greedy.append(row[:ended])
    assert margin > 1e-3, f"a greedy choice is a near tie ({margin}); take another seed"
    result["greedy"] = greedy
    return result


def main() -> None:
    golden: dict = {"versions": versions_of(torch, transformers, peft), "chats": chats, "prompts": prompts, "models": {}}
    for folder, tied, dtype, seed in [
        ("tiny-qwen2", True, torch.float32, 39),
        ("tiny-qwen2-untied", False, torch.bfloat16, 31),
    ]:
        path = fixtures / folder
        make_model(path, tied, dtype, seed)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(path)

        cases = {"none": values(open_model(path), tokenizer)}
        for name in adapters:
            peft_model = PeftModel.from_pretrained(open_model(path), path / f"adapter-{name}", is_trainable=True)
            cases[name] = values(peft_model.eval(), tokenizer)
        golden["models"][folder] = cases
        print(folder, {name: [len(row) for row in case["greedy"]] for name, case in cases.items()})
    (here / "modelParity.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
