"""`:help NAME`: what a name is, from the same signatures and documentation that the checker and the docs use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planlang.describe import EFFECTS, opened, own_parameters, signature_text
from planlang.lang.checked import Constant, LibraryFunction, ModuleFunction, ModuleSymbol, Symbol, TypeSymbol, Variable
from planlang.lang.signatures import Effect, Signature
from planlang.lang.suggestions import closest
from planlang.stdlib import document
from planlang.usage import UsageError

if TYPE_CHECKING:
    from planlang.runtime.session import Session


def about(session: Session, name: str) -> str:
    """What `name` is, in a few lines; raises UsageError where nothing has that name."""
    if re.fullmatch(r"PL\d{4}", name):
        from planlang.commands.explain import page, pages

        return page(name, pages()).rstrip()
    name = name.removesuffix("()")
    symbol = session.symbols.get(name)
    if symbol is not None:
        return _symbol(name, symbol)
    found = functions(session, name)
    if found:
        return "\n\n".join(function_page(signature) for signature in found)
    member = _member(session, name) or _of_stdlib(name)
    if member is not None:
        return member
    near = closest(name, [*session.symbols, *session.library.names, *_stdlib_names(name)])
    hint = f"did you mean `{near}`?" if near else "`plan plugins` lists the functions of plugins"
    raise UsageError(f"there is nothing called `{name}`", hint)


def _member(session: Session, name: str) -> str | None:
    """What `helpers.word_count` is, where `helpers` is an imported file."""
    prefix, _, member = name.partition(".")
    module = session.symbols.get(prefix)
    if not isinstance(module, ModuleSymbol) or module.module is None or member not in module.module.members:
        return None
    return _symbol(member, module.module.members[member])


def _of_stdlib(name: str) -> str | None:
    """A module of the standard library, or something that it gives: it need not be imported to be asked about."""
    module, dot, member = name.partition(".")
    if module not in document.MODULES:
        return None
    page = document.module_page(module)
    if not dot:
        lines = [f"  {entry.name}: {_first_sentence(entry.doc)}" for entry in page.entries]
        return "\n".join([f"import {module}", page.introduction, "", *lines])
    found = [entry for entry in page.entries if entry.name == member]
    return f"{found[0].signature}\n\n{found[0].doc}" if found else None


def _first_sentence(doc: str) -> str:
    return re.split(r"(?<=\.)\s", " ".join(doc.split("\n")), maxsplit=1)[0]


def _stdlib_names(name: str) -> list[str]:
    """What may have been meant: the modules, and what the module that is named gives."""
    module = name.partition(".")[0]
    if module not in document.MODULES:
        return list(document.MODULES)
    return [f"{module}.{entry.name}" for entry in document.module_page(module).entries]


def functions(session: Session, name: str) -> list[Signature]:
    """The standard function or plugin functions that `name` (or `plugin.name`) means."""
    plugin, dot, member = name.rpartition(".")
    if dot:
        found = session.library.member(plugin, member)
        return [found] if found is not None else []
    given = session.library.function(name)
    if isinstance(given, Signature):
        return [given]
    candidates = (session.library.member(plugin, name) for plugin in given or [])
    return [signature for signature in candidates if signature is not None]


def function_page(signature: Signature) -> str:
    """Signature, kind, rights and documentation of a function."""
    origin = f" of the plugin `{signature.plugin}`" if signature.plugin else ""
    lines = [signature_text(signature, common=False), f"  {EFFECTS[signature.effect]}{origin}"]
    lines += [f"  needs --allow-{right.kind}" for right in signature.permissions]
    if signature.effect == Effect.MODEL:
        options = ", ".join(p.name for p in signature.params if p.option)
        lines.append(f"  takes the options of any model call too: {options}")
    described = [f"  {p.name}: {p.description}" for p in own_parameters(signature) if p.description]
    if described:
        lines += ["", *described]
    return "\n".join([*lines, "", signature.doc]).rstrip()


def head(of: ModuleFunction) -> str:
    """A function of the session as it was declared, without its body: `fn twice(x: int) -> int`."""
    text = of.module.source.text[of.node.span.start : of.node.body.span.start]
    return " ".join(line for line in text.split("\n") if not line.startswith("##")).removesuffix("=> ").strip()


def _symbol(name: str, symbol: Symbol) -> str:
    match symbol:
        case Variable():
            return f"{name}: a variable of this session"
        case ModuleFunction(node=node):
            return f"{head(symbol)}\n{node.doc}".rstrip()
        case LibraryFunction(signature=signature):
            return function_page(signature)
        case TypeSymbol(type=of):
            return f"type {name} = {opened(of)}"
        case ModuleSymbol(plugin=plugin):
            return f"{name}: {f'the plugin {plugin}' if plugin else 'an imported file'}"
        case Constant():
            return f"{name}: a constant"
        case _:
            return f"{name}: a changing method"
