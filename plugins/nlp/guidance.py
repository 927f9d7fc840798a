"""Grammars as llguidance reads them: one regular expression, or rules over several where a grammar is recursive."""

from __future__ import annotations

from llguidance import LLMatcher

from .grammars import Chars, Choice, Grammar, Node, Repeat, Rule, Sequence, Text, parts

_MOST_COUNTED = 16
"""Repetitions up to this are counted by llguidance; longer ones, which would cost it a state each, by `Unfinished`."""


def guidance_of(grammar: Grammar) -> str:
    """`grammar` for `LLMatcher`. It allows no less; the number of repetitions and the depth may be more."""
    if not grammar.rules:
        return LLMatcher.grammar_from_regex(regex(grammar.start))
    return LLMatcher.grammar_from_lark(_Lark(grammar).text())


def regex(node: Node) -> str:
    """`node`, which names no rule, as a regular expression of Rust's dialect."""
    match node:
        case Text(text=text):
            return "".join(map(_escaped, text)) if text else "(?:)"
        case Chars(ranges=ranges):
            return "[" + "".join(f"{_escaped(chr(a))}-{_escaped(chr(b))}" for a, b in ranges) + "]"
        case Sequence(parts=inner):
            return "".join(map(regex, inner)) or "(?:)"
        case Choice(options=options):
            return "(?:" + "|".join(map(regex, options)) + ")"
        case Repeat(of=of):
            return f"(?:{regex(of)}){_times(node)}"
        case Rule(name=name):
            raise ValueError(f"a regular expression cannot name the rule {name}")


def _escaped(character: str) -> str:
    plain = character.isascii() and character.isalnum()
    return character if plain else f"\\x{{{ord(character):X}}}"


def _times(node: Repeat) -> str:
    most = node.most if node.most is not None and node.most <= _MOST_COUNTED else None
    return f"{{{node.least},{'' if most is None else most}}}"


def recursive(node: Node) -> bool:
    """Whether `node` names a rule."""
    return isinstance(node, Rule) or any(recursive(part) for part in parts(node))


class _Lark:
    """Writes one grammar in llguidance's Lark dialect: what names no rule is a terminal."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._numbers = {name: i for i, name in enumerate(grammar.rules)}
        self._terminals: dict[str, str] = {}

    def text(self) -> str:
        lines = [f"start: {self._rule(self._grammar.start)}"]
        lines += [f"rule_{self._numbers[name]}: {self._rule(node)}" for name, node in self._grammar.rules.items()]
        return "\n".join([*lines, *(f"{name}: /{pattern}/" for pattern, name in self._terminals.items())])

    def _rule(self, node: Node) -> str:
        if not recursive(node):
            return self._terminals.setdefault(regex(node), f"T{len(self._terminals)}")
        match node:
            case Rule(name=name):
                return f"rule_{self._numbers[name]}"
            case Sequence(parts=inner):
                return " ".join(f"({self._rule(part)})" for part in inner)
            case Choice(options=options):
                return "(" + " | ".join(self._rule(option) for option in options) + ")"
            case Repeat(of=of, least=least, most=most):
                must = " ".join([f"({self._rule(of)})"] * least)
                more = "" if most == least else f"({self._rule(of)}){'?' if most == least + 1 else '*'}"
                return f"({must} {more})"
            case _:
                raise AssertionError(node)
