"""Folders of models for tests: a tiny one that works, written without the libraries that will read it."""

import json
import math
import struct
from pathlib import Path

CONFIG = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "hidden_size": 8,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "intermediate_size": 16,
    "vocab_size": 16,
    "max_position_embeddings": 32,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "pad_token_id": 0,
    "layer_norm_eps": 1e-12,
}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijkl"]
TOKENIZER = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {"id": i, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for i, word in enumerate(WORDS[:4])
    ],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Split", "pattern": {"Regex": r"\s+"}, "behavior": "Removed", "invert": False},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                   {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
                           "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}},
    },
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100, "vocab": {word: i for i, word in enumerate(WORDS)}},
}  # fmt: skip
SETTINGS = {"tokenizer_class": "BertTokenizer", "model_max_length": 32, "pad_token": "[PAD]", "unk_token": "[UNK]",
            "cls_token": "[CLS]", "sep_token": "[SEP]"}  # fmt: skip


def shapes() -> dict[str, list[int]]:
    """The tensors of the tiny model."""
    found = {
        "embeddings.word_embeddings.weight": [16, 8],
        "embeddings.position_embeddings.weight": [32, 8],
        "embeddings.token_type_embeddings.weight": [2, 8],
    }
    linear = {
        "encoder.layer.0.attention.self.query": [8, 8],
        "encoder.layer.0.attention.self.key": [8, 8],
        "encoder.layer.0.attention.self.value": [8, 8],
        "encoder.layer.0.attention.output.dense": [8, 8],
        "encoder.layer.0.intermediate.dense": [16, 8],
        "encoder.layer.0.output.dense": [8, 16],
        "pooler.dense": [8, 8],
    }
    for name, shape in linear.items():
        found |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        found |= {f"{name}.LayerNorm.weight": [8], f"{name}.LayerNorm.bias": [8]}
    return found


def header(of: dict[str, list[int]] | None = None) -> dict[str, dict]:
    """The header of a safetensors file with these tensors."""
    entries, place = {}, 0
    for name, shape in (of or shapes()).items():
        size = 4 * math.prod(shape)
        entries[name] = {"dtype": "F32", "shape": shape, "data_offsets": [place, place + size]}
        place += size
    return entries


def safetensors(entries: dict | str, size: int | None = None, length: int | None = None) -> bytes:
    """A safetensors file: `entries` as its header, `size` bytes of numbers, `length` as what it says of the header."""
    text = (entries if isinstance(entries, str) else json.dumps(entries)).encode()
    if size is None:
        size = max(entry["data_offsets"][1] for entry in entries.values())
    numbers = b"".join(struct.pack("<f", 0.01 * (i % 7)) for i in range(size // 4 + 1))[:size]
    return struct.pack("<Q", len(text) if length is None else length) + text + numbers


def make(folder: Path) -> Path:
    """A model that works, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS))
    (folder / "model.safetensors").write_bytes(safetensors(header()))
    return folder


def gguf(  # noqa: PLR0913, PLR0917 - each is a part of the header that a test may spoil
    settings: dict[str, tuple[int, bytes]] | None = None,
    tensors: list[tuple[str, list[int], int, int]] | None = None,
    magic: bytes = b"GGUF",
    version: int = 3,
    counts: tuple[int, int] | None = None,
    room: int = 4096,
) -> bytes:
    """A GGUF file: settings as (type, packed value), tensors as (name, shape, type, offset), `room` bytes behind."""
    settings = settings if settings is not None else {"general.architecture": (8, text("llama"))}
    tensors = tensors if tensors is not None else [("token_embd.weight", [8, 16], 0, 0)]
    made = magic + struct.pack("<IQQ", version, *(counts or (len(tensors), len(settings))))
    for key, (kind, value) in settings.items():
        made += text(key) + struct.pack("<I", kind) + value
    for name, shape, kind, offset in tensors:
        made += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    return made + bytes(room)


def text(of: str) -> bytes:
    """A text as GGUF writes it."""
    return struct.pack("<Q", len(of.encode())) + of.encode()
