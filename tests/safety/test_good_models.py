"""Files as good models have them pass: the other half of `test_models`."""

# ruff: noqa: E501 - patterns and configs as they are found

import json

import pytest

from planlang.plugins.nlp.vetting_configs import vet_config
from planlang.plugins.nlp.vetting_tokenizers import slow_pattern
from planlang.plugins.nlp.vetting_weights import Weights

GOOD_CONFIGS = {
    "llama": {"architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336, "rope_theta": 500000,
              "num_hidden_layers": 32, "vocab_size": 128256, "max_position_embeddings": 131072, "eos_token_id": [128001, 128009],
              "rope_scaling": {"factor": 8.0, "original_max_position_embeddings": 8192}, "torch_dtype": "bfloat16"},
    "qwen2": {"max_window_layers": 28, "num_hidden_layers": 24, "sliding_window": 32768, "vocab_size": 128256,
              "layer_types": ["full_attention"] * 24, "use_sliding_window": False, "_attn_implementation_autoset": True},
    "albert": {"num_hidden_layers": 12, "num_hidden_groups": 1, "inner_group_num": 1, "down_scale_factor": 1},
    "deberta": {"max_relative_positions": -1, "position_buckets": 256, "pos_att_type": ["p2c"], "padding_idx": 0},
    "mixtral": {"num_local_experts": 8, "num_experts_per_tok": 2, "attn_implementation": "sdpa", "head_dim": 128},
    "gpt2": {"n_ctx": 1024, "n_embd": 768, "n_layer": 12, "n_inner": None, "n_positions": 1024,
             "task_specific_params": {"text-generation": {"max_length": 10**9}}, "bos_token_id": 50256},
    "labels": {"id2label": {str(i): f"label {i}" for i in range(20_000)}, "problem_type": None, "auto_map": None},
    "time": {"model_max_length": 10**30, "time_step_limit": [0.0, 1e30], "quantization_config": None, "dtype": "float32"},
}  # fmt: skip


@pytest.mark.parametrize("config", GOOD_CONFIGS.values(), ids=GOOD_CONFIGS)
def test_configs_as_they_are_pass(tmp_path, config):
    (tmp_path / "config.json").write_text(json.dumps(config))
    weights = Weights(tensors=25 if "num_hidden_groups" in config else 291, numbers=8 * 10**9, largest=128256)
    assert config == vet_config(tmp_path / "config.json", weights)


GOOD_PATTERNS = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+",
    r"(?:\r?\n)+(?!\r?\n)",
    r"\d{3}(?=(?:\d{3})*\b)",
]


@pytest.mark.parametrize("pattern", GOOD_PATTERNS)
def test_patterns_as_they_are_pass(pattern):
    assert "" == slow_pattern(pattern)
