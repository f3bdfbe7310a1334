"""Makes tiny random models of every family, and what transformers and PEFT compute with them.

    python test/golden/model/modelFamilies.py

writes the model folders test/fixtures/families/*, the numbers test/golden/model/modelFamilies.safetensors and the tokens
test/golden/model/modelFamilies.json. Needs torch, transformers, peft, tokenizers and safetensors; the tests that read
the values do not.
"""

import json
import shutil
from pathlib import Path

import peft
import safetensors.torch
import tokenizers
import torch
import transformers
from familyTokenizers import make_tokenizer, styles
from goldenModels import open_model, response_loss, text_parameters, versions_of
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

here = Path(__file__).parent
fixtures = here.parents[1] / "fixtures" / "families"
new_tokens = 64
# Logits are kept for this many last tokens of a chat.
positions = 24
torch.set_num_threads(1)

sizes = dict(hidden_size=24, intermediate_size=32, max_position_embeddings=128, rms_norm_eps=1e-5)
gemma = dict(
    **sizes,
    num_attention_heads=4,
    num_key_value_heads=1,
    head_dim=8,
    query_pre_attn_scalar=20,
    sliding_window=6,
)
local_and_global = {
    "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
    "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1000000.0},
}

# Grouped queries, heads wider than hidden/heads, tied and untied, every scaling, windows shorter than the chats.
cases = {
    "qwen2": dict(
        style="chatml",
        config=lambda vocabulary: Qwen2Config(
            **sizes,
            vocab_size=vocabulary,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            tie_word_embeddings=True,
            use_sliding_window=True,
            sliding_window=7,
            max_window_layers=1,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        ),
    ),
    "llama": dict(
        style="headers",
        config=lambda vocabulary: LlamaConfig(
            **sizes,
            vocab_size=vocabulary,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=10,
            tie_word_embeddings=False,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": 500000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 32,
            },
        ),
    ),
    "llama-biased": dict(
        style="chatml",
        keep_marks=True,
        config=lambda vocabulary: LlamaConfig(
            **sizes,
            vocab_size=vocabulary,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=4,
            tie_word_embeddings=True,
            attention_bias=True,
            mlp_bias=True,
            rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0},
        ),
    ),
    "qwen3": dict(
        style="thinking",
        config=lambda vocabulary: Qwen3Config(
            **sizes,
            vocab_size=vocabulary,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=12,
            tie_word_embeddings=True,
            rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        ),
    ),
    "qwen3-sliding": dict(
        style="chatml",
        config=lambda vocabulary: Qwen3Config(
            **sizes,
            vocab_size=vocabulary,
            num_hidden_layers=3,
            num_attention_heads=3,
            num_key_value_heads=1,
            head_dim=8,
            tie_word_embeddings=False,
            attention_bias=True,
            use_sliding_window=True,
            sliding_window=5,
            max_window_layers=1,
            rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        ),
    ),
    "gemma3-text": dict(
        style="turns",
        config=lambda vocabulary: Gemma3TextConfig(
            **gemma,
            vocab_size=vocabulary,
            num_hidden_layers=3,
            layer_types=["sliding_attention", "sliding_attention", "full_attention"],
            rope_parameters=local_and_global,
        ),
    ),
    "gemma3": dict(
        style="turns",
        config=lambda vocabulary: Gemma3Config(
            text_config=dict(
                **gemma,
                vocab_size=vocabulary,
                num_hidden_layers=2,
                layer_types=["sliding_attention", "full_attention"],
                rope_parameters=local_and_global,
            ),
            vision_config=dict(
                hidden_size=8,
                intermediate_size=8,
                num_hidden_layers=1,
                num_attention_heads=1,
                image_size=28,
                patch_size=14,
                vision_use_head=False,
            ),
            mm_tokens_per_image=4,
        ),
    ),
}
projections = "q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj"

user = lambda content: {"role": "user", "content": content}
assistant = lambda content: {"role": "assistant", "content": content}
system = lambda content: {"role": "system", "content": content}
chats = [
    [user("Can I take these tablets with alcohol?"), assistant("Ask a doctor.")],
    [user("What about the pain?"), assistant("  Rest and water.\n"), user("And the fever?"), assistant("It will pass.")],
    [system("You are brief."), user("Is it safe?"), assistant("It is\nsafe: 2 ropes!")],
]
thoughtful = [
    user("Is it safe?"),
    assistant("<think>\nThe rope.\n</think>\n\nYes."),
    user("And now?"),
    assistant("<think>\nThe weather.\n</think>\n\nNo."),
]
prompts = [[user(text)] for text in ("Why?", "Is it safe to climb?", "What should I do about the pain in my chest?", "Can I take two of these tablets with water before I climb?")]


def randomize(model: torch.nn.Module, generator: torch.Generator) -> None:
    """
    Large weights and uneven norms, so that attention is far from uniform and every term matters. Gemma 3 enlarges
    its embeddings and norms what layers write; there the layers are made to outweigh the embeddings, which alone
    would repeat the last token. It also adds one to the weight of a norm.
    """
    is_gemma = "gemma3" in model.config.model_type
    with torch.no_grad():
        for name, value in model.named_parameters():
            spread = 0.15 if "lora_" in name else (0.12 if is_gemma else 0.6) if "embed_tokens" in name else 0.3
            drawn = torch.randn(value.shape, generator=generator) * spread
            if "norm" in name:
                drawn = torch.rand(value.shape, generator=generator) + (-0.5 if is_gemma else 0.5)
                if is_gemma and ("post_" in name or name.endswith("language_model.norm.weight") or name == "model.norm.weight"):
                    drawn += 2.5
            value.copy_(drawn)


def make_model(folder: Path, case: dict, seed: int) -> PreTrainedTokenizerFast:
    shutil.rmtree(folder, ignore_errors=True)
    tokenizer = make_tokenizer(folder, case["style"], case.get("keep_marks", False))
    config = case["config"](len(tokenizer))
    ends = [tokenizer.convert_tokens_to_ids(token) for token in styles[case["style"]]["ends"]]
    for part in (config, getattr(config, "text_config", config)):
        part.bos_token_id = tokenizer.bos_token_id
        part.eos_token_id = ends
        part.pad_token_id = tokenizer.pad_token_id
    build = Gemma3ForConditionalGeneration if config.model_type == "gemma3" else AutoModelForCausalLM.from_config
    model = build(config)
    generator = torch.Generator().manual_seed(seed)
    randomize(model, generator)
    model.generation_config.eos_token_id = ends
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    adapted = get_peft_model(
        open_model(folder),
        LoraConfig(r=2, lora_alpha=3, use_rslora=True, target_modules=rf"^(?!.*vision).*\.({projections})$"),
    )
    adapted.peft_config["default"].base_model_name_or_path = folder.name
    with torch.no_grad():
        for name, value in adapted.named_parameters():
            if "lora_" in name:
                value.copy_(torch.randn(value.shape, generator=generator) * 0.15)
    adapted.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    (folder / "adapter" / "adapter_model.safetensors").chmod(0o644)
    return tokenizer


def tokens_of(tokenizer: PreTrainedTokenizerFast, messages: list[dict]) -> dict:
    whole = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    return {"messages": messages, "ids": whole["input_ids"], "isResponse": [bool(mark) for mark in whole["assistant_masks"]]}


def trailing_prompt(tokenizer: PreTrainedTokenizerFast, messages: list[dict]) -> list[int]:
    """The published training text: the chat with a generation prompt behind it, then the tokenizer's end."""
    text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return tokenizer(text + tokenizer.eos_token, add_special_tokens=False)["input_ids"]


def text_name(name: str) -> str:
    """A parameter's name in the text model alone."""
    for wrapper in ("base_model.model.", "model.language_model."):
        if name.startswith(wrapper):
            name = name.removeprefix(wrapper) if wrapper.startswith("base") else "model." + name.removeprefix(wrapper)
    return name.replace(".base_layer", "").replace(".default.weight", "")


def gradients_of(loss: torch.Tensor, parameters: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    gradients = torch.autograd.grad(loss, list(parameters.values()))
    return {f"gradient:{text_name(name)}": gradient for name, gradient in zip(parameters, gradients)}


def greedy_of(model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast, ends: list[int]) -> tuple[list[list[int]], float]:
    """Answers from one left-padded batch, and the smallest lead of a greedy token over the runner-up."""
    rows = [tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False) for prompt in prompts]
    longest = max(len(row) for row in rows)
    filler = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    tokens = torch.tensor([[filler] * (longest - len(row)) + row for row in rows])
    seen = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    generated = model.generate(
        input_ids=tokens, attention_mask=seen, do_sample=False, max_new_tokens=new_tokens, pad_token_id=filler
    )
    answers = []
    margin = float("inf")
    for prompt, row in zip(rows, generated[:, longest:].tolist()):
        ended = next((at for at, token in enumerate(row) if token in ends), len(row))
        answer = row[: ended + 1]
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
        top = logits.topk(2, -1)
        assert top.indices[:, 0].tolist() == answer, "cached and uncached generation differ"
        margin = min(margin, (top.values[:, 0] - top.values[:, 1]).min().item())
        answers.append(row[:ended])
    return answers, margin


def edited_logits(model: torch.nn.Module, layers: torch.nn.ModuleList, ids: list[int]) -> torch.Tensor:
    """The last four logits with 2v added after layer 0 and v projected out after the last layer."""
    vector = torch.sin(torch.arange(1.0, 1.0 + sizes["hidden_size"]))
    unit = vector / vector.norm()
    edits = {0: lambda x: x + 2 * vector, len(layers) - 1: lambda x: x - (x @ unit)[..., None] * unit}

    def hook(edit):
        return lambda _module, _inputs, output: (edit(output[0]), *output[1:]) if isinstance(output, tuple) else edit(output)

    hooks = [layers[layer].register_forward_hook(hook(edit)) for layer, edit in edits.items()]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([ids])).logits[0, -4:]
    for handle in hooks:
        handle.remove()
    return logits


def golden_of(name: str, case: dict) -> tuple[dict, dict[str, torch.Tensor]]:
    folder = fixtures / name
    for seed in range(1, 60):
        tokenizer = make_model(folder, case, seed)
        model = open_model(folder)
        ends = model.generation_config.eos_token_id
        greedy, margin = greedy_of(model, tokenizer, ends)
        varied = min(len(set(row)) for row in greedy)
        if margin > 1e-3 and sum(len(row) == new_tokens for row in greedy) >= 3 and varied >= 8:
            break
    else:
        raise AssertionError(f"{name}: no seed without a near tie")
    rows = [tokens_of(tokenizer, messages) for messages in chats]
    chat = rows[1]
    residuals: list[torch.Tensor] = []
    text_model = getattr(model.model, "language_model", model.model)
    hooks = [
        layer.register_forward_hook(
            lambda _module, _inputs, output: residuals.append(output[0] if isinstance(output, tuple) else output)
        )
        for layer in text_model.layers
    ]
    with torch.no_grad():
        output = model(input_ids=torch.tensor([chat["ids"]]), output_hidden_states=True)
    for hook in hooks:
        hook.remove()
    hidden = [state[0] for state in output.hidden_states]
    assert len(hidden) == len(residuals) + 1
    assert all(torch.equal(hidden[at + 1], residual.reshape(hidden[0].shape)) for at, residual in enumerate(residuals[:-1]))
    tensors = {"logits": output.logits[0, -positions:], "hiddenStates": torch.stack(hidden), "lastResidual": residuals[-1].reshape(hidden[0].shape)}
    tensors["editedLogits"] = edited_logits(model, text_model.layers, chat["ids"])
    loss = response_loss(model, rows)
    tensors |= gradients_of(loss, text_parameters(model))

    adapted = peft.PeftModel.from_pretrained(open_model(folder), folder / "adapter", is_trainable=True)
    adapted.eval()
    scalars: dict[str, torch.Tensor] = {}
    for path, module in adapted.named_modules():
        if path.endswith("lora_A.default"):
            module.register_forward_hook(
                lambda _module, _inputs, output, path=path: scalars.__setitem__(
                    f"scalars:{text_name(path).removesuffix('.lora_A.default')}", output[0].detach()
                )
            )
    with torch.no_grad():
        adapted_logits = adapted(input_ids=torch.tensor([chat["ids"]])).logits[0, -4:]
    tensors |= {"adaptedLogits": adapted_logits, **scalars}
    adapted_loss = response_loss(adapted, rows)
    trained = {name: value for name, value in adapted.named_parameters() if "lora_" in name}
    tensors |= gradients_of(adapted_loss, trained)
    # A chat that the template refuses (Gemma's wants alternating turns) has no tokens.
    thoughts = [tokens_of(tokenizer, thoughtful)] if case["style"] == "thinking" else []
    golden = {
        "seed": seed,
        "smallestLead": margin,
        "ends": sorted(ends),
        "chats": [*rows, *thoughts],
        "trailingPrompt": trailing_prompt(tokenizer, chats[0]),
        "prompts": [tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False) for prompt in prompts],
        "greedy": greedy,
        "loss": loss.item(),
        "adaptedLoss": adapted_loss.item(),
    }
    return golden, {f"{name}/{key}": value.detach().float().contiguous() for key, value in tensors.items()}


def main() -> None:
    golden: dict = {
        "versions": versions_of(torch, transformers, peft, tokenizers),
        "promptMessages": prompts,
        "families": {},
    }
    tensors: dict[str, torch.Tensor] = {}
    for name, case in cases.items():
        golden["families"][name], values = golden_of(name, case)
        tensors |= values
        family = golden["families"][name]
        print(name, family["seed"], family["smallestLead"], [len(row) for row in family["greedy"]], [len(row["ids"]) for row in family["chats"]])
    safetensors.torch.save_file(tensors, here / "modelFamilies.safetensors")
    (here / "modelFamilies.safetensors").chmod(0o644)
    (here / "modelFamilies.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
