"""What transformers makes of configurations spelled as published checkpoints spell them.

    python test/golden/model/modelConfigs.py

writes test/golden/model/modelConfigs.json: each raw `config.json` with the values that transformers resolves it to and
the rotary frequencies of each kind of layer. Needs torch and transformers; the tests that read the values do not.
"""

import json
from pathlib import Path

import torch
import transformers
from goldenModels import versions_of
from transformers import AutoConfig
from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding
from transformers.models.qwen3.modeling_qwen3 import Qwen3RotaryEmbedding

here = Path(__file__).parent
rotary = {"llama": LlamaRotaryEmbedding, "qwen2": Qwen2RotaryEmbedding, "qwen3": Qwen3RotaryEmbedding, "gemma3_text": Gemma3RotaryEmbedding}

llama3 = {
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3",
}
raw = {
    "Llama 3.1 8B": {
        "model_type": "llama",
        "vocab_size": 128256,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-05,
        "rope_theta": 500000.0,
        "rope_scaling": llama3,
        "tie_word_embeddings": False,
    },
    "Llama 3.2 1B": {
        "model_type": "llama",
        "vocab_size": 128256,
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 64,
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-05,
        "rope_theta": 500000.0,
        "rope_scaling": {**llama3, "factor": 32.0},
        "tie_word_embeddings": True,
    },
    "Qwen2.5 14B": {
        "model_type": "qwen2",
        "vocab_size": 152064,
        "hidden_size": 5120,
        "intermediate_size": 13824,
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "max_position_embeddings": 32768,
        "max_window_layers": 70,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "sliding_window": 131072,
        "use_sliding_window": False,
        "tie_word_embeddings": False,
    },
    "Qwen3 0.6B": {
        "model_type": "qwen3",
        "attention_bias": False,
        "vocab_size": 151936,
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 40960,
        "max_window_layers": 28,
        "rms_norm_eps": 1e-06,
        "rope_scaling": None,
        "rope_theta": 1000000,
        "sliding_window": None,
        "use_sliding_window": False,
        "tie_word_embeddings": True,
    },
    "Gemma 3 4B": {
        "model_type": "gemma3",
        "eos_token_id": [1, 106],
        "text_config": {
            "model_type": "gemma3_text",
            "hidden_size": 2560,
            "intermediate_size": 10240,
            "num_hidden_layers": 34,
            "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
            "sliding_window": 1024,
        },
        "vision_config": {"model_type": "siglip_vision_model"},
    },
    "Gemma 3 27B": {
        "model_type": "gemma3",
        "text_config": {
            "model_type": "gemma3_text",
            "head_dim": 128,
            "hidden_size": 5376,
            "intermediate_size": 21504,
            "num_attention_heads": 32,
            "num_hidden_layers": 62,
            "num_key_value_heads": 16,
            "query_pre_attn_scalar": 168,
            "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
            "sliding_window": 1024,
        },
        "vision_config": {"model_type": "siglip_vision_model"},
    },
    "Gemma 3 1B": {
        "model_type": "gemma3_text",
        "attention_bias": False,
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh",
        "hidden_size": 1152,
        "intermediate_size": 6912,
        "max_position_embeddings": 32768,
        "num_attention_heads": 4,
        "num_hidden_layers": 26,
        "num_key_value_heads": 1,
        "query_pre_attn_scalar": 256,
        "rms_norm_eps": 1e-06,
        "rope_local_base_freq": 10000,
        "rope_scaling": None,
        "rope_theta": 1000000,
        "sliding_window": 512,
        "sliding_window_pattern": 6,
        "vocab_size": 262144,
    },
    "Gemma 3, other pattern and bases": {
        "model_type": "gemma3_text",
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 5,
        "sliding_window_pattern": 2,
        "rope_theta": 50000.0,
        "rope_local_base_freq": 500.0,
        "vocab_size": 100,
    },
    "Qwen2 that slides": {
        "model_type": "qwen2",
        "vocab_size": 100,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "sliding_window": 16,
        "use_sliding_window": True,
        "max_window_layers": 3,
        "rope_scaling": {"type": "linear", "factor": 2.5},
    },
    **{
        f"Qwen2.5 with YaRN, {name}": {
            "model_type": "qwen2",
            "vocab_size": 152064,
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "max_position_embeddings": 131072,
            "rms_norm_eps": 1e-06,
            "rope_theta": 1000000.0,
            "rope_scaling": {"type": "yarn", **scaling},
            "tie_word_embeddings": False,
        }
        for name, scaling in {
            "as published": {"factor": 4.0, "original_max_position_embeddings": 32768},
            "no original length": {"factor": 4.0},
            "no factor": {"factor": None, "original_max_position_embeddings": 32768},
            "other bounds, not truncated": {
                "factor": 40.0,
                "original_max_position_embeddings": 4096,
                "beta_fast": 20,
                "beta_slow": 2.5,
                "truncate": False,
            },
            "bounds in reverse": {"factor": 2.0, "original_max_position_embeddings": 64, "beta_fast": 1, "beta_slow": 32},
            "own attention": {"factor": 4.0, "original_max_position_embeddings": 32768, "attention_factor": 0.75},
            "DeepSeek's scales": {"factor": 40.0, "original_max_position_embeddings": 4096, "mscale": 1.0, "mscale_all_dim": 0.707},
            "one scale": {"factor": 40.0, "original_max_position_embeddings": 4096, "mscale": 0.707},
            "factor below 1": {"factor": 0.5, "original_max_position_embeddings": 4096},
        }.items()
    },
    "Qwen3 with YaRN": {
        "model_type": "qwen3",
        "vocab_size": 151936,
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 131072,
        "rope_parameters": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768, "rope_theta": 1000000},
        "tie_word_embeddings": True,
    },
}


def resolved(fields: dict) -> dict:
    config = AutoConfig.for_model(**json.loads(json.dumps(fields))).get_text_config()
    kinds = getattr(config, "layer_types", None) or ["full_attention"] * config.num_hidden_layers
    embedding = rotary[config.model_type](config)
    frequencies = {
        kind: (getattr(embedding, f"{kind}_inv_freq", None) if config.model_type == "gemma3_text" else embedding.inv_freq)
        for kind in sorted(set(kinds))
    }
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return {
        "modelType": config.model_type,
        "vocabularySize": config.vocab_size,
        "heads": config.num_attention_heads,
        "keyValueHeads": config.num_key_value_heads,
        "headDimension": head,
        "maxPositions": config.max_position_embeddings,
        "normEpsilon": config.rms_norm_eps,
        "tiedEmbeddings": config.tie_word_embeddings,
        "activation": getattr(config, "hidden_activation", None) or config.hidden_act,
        "scoreDivisor": getattr(config, "query_pre_attn_scalar", head),
        "layerKinds": [kind.removesuffix("_attention") for kind in kinds],
        "slidingWindow": config.sliding_window if "sliding_attention" in kinds else None,
        "amplitudes": {
            kind.removesuffix("_attention"): (
                getattr(embedding, f"{kind}_attention_scaling") if config.model_type == "gemma3_text" else embedding.attention_scaling
            )
            for kind in frequencies
        },
        "frequencies": {
            kind.removesuffix("_attention"): [float(f"{value:.9g}") for value in values.tolist()]
            for kind, values in frequencies.items()
        },
    }


def main() -> None:
    golden = {
        "versions": versions_of(torch, transformers),
        "configs": [{"name": name, "raw": fields, "resolved": resolved(fields)} for name, fields in raw.items()],
    }
    (here / "modelConfigs.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
