"""Tokenizer files of a model: bounded, without code, without patterns that take for ever, the same for every call."""

# What JSON holds is looked at as it is, whatever it is.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .vetting_json import RefusedError, read_json
from .vetting_weights import Weights

_TOKENIZER, _SETTINGS, _LISTS = 100 << 20, 16 << 20, 64 << 20
_DEPTH = 40
_LONGEST_PATTERN = 4000
_MOST_REPEATS = 4
"""Open-ended repeats that a pattern may try one after the other. Real ones have up to three."""


def vet_tokenizer(folder: Path, weights: Weights | None) -> None:
    """Raise `RefusedError` for a tokenizer in `folder` that is not to be used."""
    for path in sorted(folder.iterdir()):
        if path.name == "tokenizer.json":
            _vet_tokenizer_json(read_json(path, _TOKENIZER, _DEPTH), path.name, weights)
        elif path.name == "tokenizer_config.json":
            _vet_settings(read_json(path, _SETTINGS, _DEPTH), path)
        elif path.name == "chat_template.json":
            _vet_template(read_json(path, _SETTINGS, _DEPTH).get("chat_template", ""), path.name)
        elif path.name in ("special_tokens_map.json", "added_tokens.json"):
            _vet_ids(read_json(path, _SETTINGS, _DEPTH), path.name)
        elif path.suffix == ".jinja":
            _vet_template_file(path)
        elif (path.suffix in (".txt", ".model", ".spm") or path.name == "vocab.json") and path.stat().st_size > _LISTS:
            raise RefusedError(f"{path.name} has {path.stat().st_size:,} bytes, and {_LISTS:,} are the most")
    templates = folder / "additional_chat_templates"
    for path in sorted(templates.glob("*.jinja")) if templates.is_dir() else ():
        _vet_template_file(path)


def _vet_template_file(path: Path) -> None:
    if path.stat().st_size > _SETTINGS:
        raise RefusedError(f"{path.name} has {path.stat().st_size:,} bytes")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(f"{path.name} is no text") from error
    _vet_template(text, path.name)


def _vet_template(template: Any, file: str) -> None:
    from .templates import TemplateError, check_template  # most models have none, and Jinja takes a while to import

    try:
        check_template(template)
    except TemplateError as error:
        raise RefusedError(f"the chat template in {file} cannot be used: {error}") from error


def _vet_settings(settings: dict[str, Any], path: Path) -> None:
    file = path.name
    for key in ("auto_map", "custom_pipelines", "trust_remote_code"):
        if settings.get(key) not in (None, False, {}):
            raise RefusedError(f"{file} asks to run code that comes with the model (`{key}`)")
    name = settings.get("tokenizer_class")
    if name is not None and not (isinstance(name, str) and name.isidentifier()):
        raise RefusedError(f"`tokenizer_class` in {file} names no known class: {str(name)[:60]!r}")
    longest = settings.get("model_max_length", 1)
    if isinstance(longest, bool) or not isinstance(longest, (int, float)) or not longest > 0:
        raise RefusedError(f"`model_max_length` in {file} is no length")
    for key, value in settings.items():
        names = value if isinstance(value, list) else [value]
        if re.search(r"_files?$", key) and any(map(_leads_elsewhere, names)):
            raise RefusedError(f"`{key}` in {file} names a file outside the model's folder")
    templates = settings.get("chat_template")
    for template in templates if isinstance(templates, list) else [templates]:
        text = template.get("template") if isinstance(template, dict) else template
        if text is not None:
            _vet_template(text, file)
    _vet_ids(settings.get("added_tokens_decoder") or {}, file)


def _leads_elsewhere(name: Any) -> bool:
    """Whether `name` is a path to something that is there. Old models name places on their author's machine."""
    if not isinstance(name, str) or not re.search(r"[/\\]", name):
        return False
    try:
        return ".." in Path(name).parts or Path(name).exists()
    except (OSError, ValueError):
        return True


def _vet_ids(tokens: Any, file: str) -> None:
    if not isinstance(tokens, dict) or len(tokens) > 1_000_000:
        raise RefusedError(f"the added tokens in {file} are no table")
    for key, value in tokens.items():
        for number in (key, value):
            if (type(number) is int and not 0 <= number < 1 << 24) or (str(number).isdigit() and len(str(number)) > 8):
                raise RefusedError(f"{file} numbers a token {str(number)[:40]}")


def _vet_tokenizer_json(tokenizer: dict[str, Any], file: str, weights: Weights | None) -> None:
    _vet_vocabulary(tokenizer.get("model"), file, weights)
    added = tokenizer.get("added_tokens", [])
    if not isinstance(added, list) or not all(map(_is_added, added)):
        raise RefusedError(f"the added tokens in {file} are not in the form that such files have")
    for part in ("padding", "truncation"):
        for key, number in _numbers(tokenizer.get(part)):
            if not 0 <= number <= 1 << 26:
                raise RefusedError(f"`{key}` of `{part}` in {file} is {str(number)[:20]}")
    for pattern in _patterns([tokenizer.get(part) for part in ("normalizer", "pre_tokenizer", "decoder")]):
        if wrong := slow_pattern(pattern):
            raise RefusedError(f"a pattern in {file} may take for ever: {wrong} in {pattern[:60]!r}")


def _vet_vocabulary(model: Any, file: str, weights: Weights | None) -> None:
    if not isinstance(model, dict) or model.get("type", "BPE") not in ("BPE", "WordPiece", "WordLevel", "Unigram"):
        raise RefusedError(f"{file} holds no tokenizer of a known kind")
    vocabulary = model.get("vocab")
    if not isinstance(vocabulary, (dict, list)):
        raise RefusedError(f"{file} has no vocabulary")
    if weights is not None and len(vocabulary) > weights.largest:
        most = f"{weights.largest:,}"
        raise RefusedError(f"{file} has {len(vocabulary):,} tokens, and the weights have no more than {most} rows")
    if model.get("dropout"):
        raise RefusedError(f"the tokenizer in {file} cuts texts by chance (`dropout`)")


def _is_added(token: Any) -> bool:
    return (
        isinstance(token, dict)
        and type(token.get("id")) is int
        and 0 <= token["id"] < 1 << 24
        and isinstance(token.get("content"), str)
        and len(token["content"]) <= 10_000
    )


def _numbers(part: Any) -> Iterator[tuple[str, int]]:
    waiting = [part]
    while waiting:
        holder = waiting.pop()
        for key, value in holder.items() if isinstance(holder, dict) else ():
            if type(value) is int:
                yield key, value
            waiting.append(value)


def _patterns(parts: list[Any]) -> Iterator[str]:
    """Every `{"Regex": …}` in these parts, and every pattern of a `Split` that is written otherwise."""
    waiting = parts
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, list):
            waiting += holder
        elif isinstance(holder, dict):
            if isinstance(holder.get("Regex"), str):
                yield holder["Regex"]
            waiting += holder.values()


_PIECES = re.compile(
    r"\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\(\?[a-zA-Z-]*[:=!]|\(\?<[=!]|\(|\)|\||[*+]|\{\d*,?\d*\}|.",
    re.DOTALL,
)


_OPEN_ENDED = re.compile(r"[*+]|\{\d*,\}")
_COUNTED = re.compile(r"\{(\d*),?(\d*)\}")


def slow_pattern(pattern: str) -> str:
    """What makes a regular expression slow on some texts, where it is tried by going back; "" where nothing does.

    Repeats inside repeats take time that doubles with each character; many repeats in a row take a high power of it.
    """
    if len(pattern) > _LONGEST_PATTERN:
        return "its length"
    groups: list[list[int]] = [[0, 0]]  # of each open group: repeats in this alternative, most in one before
    closed, before = 0, ""
    for piece in _PIECES.findall(pattern):
        if piece.startswith("("):
            groups.append([0, 0])
        elif piece == ")" and len(groups) > 1:
            closed = max(groups.pop())
            groups[-1][0] += closed
        elif piece == "|":
            groups[-1] = [0, max(groups[-1])]
        elif _OPEN_ENDED.fullmatch(piece) and not (before and before in "*+?}"):  # else it says how to repeat
            if before == ")" and closed:
                return "repeats inside repeats"
            groups[-1][0] += 1
        elif wrong := _costly(piece):
            return wrong
        if max(map(max, groups)) > _MOST_REPEATS:
            return "many repeats in a row"
        before = piece
    return ""


def _costly(piece: str) -> str:
    found = _COUNTED.fullmatch(piece)
    if found and max(int(number or 0) for number in found.groups()) > 1000:
        return "a large number of repeats"
    return "a reference backwards" if re.fullmatch(r"\\[1-9k]", piece) else ""
