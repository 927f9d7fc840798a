"""`plan plugins`: list plugins and their functions, or start a new one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planlang.describe import EFFECTS, first_line, signature_text
from planlang.options import Parser, add_debug
from planlang.terminal import paint, uses_color, visible
from planlang.usage import DONE, FAILED, UsageError

if TYPE_CHECKING:
    from planlang.plugins.loader import Plugin, Plugins

ABOUT = """Lists plugins and their functions, or starts a new one.

  plan plugins [list] [NAME …]   what there is (exit code 1 if a plugin had to be skipped)
  plan plugins new NAME          a ready package with a module, a test and a README, in a folder of that name"""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser(
        "plugins", ABOUT, usage="plan plugins [list] [NAME …] [--json] | plan plugins new NAME [--in FOLDER]"
    )
    parser.add_argument("words", nargs="*", metavar="list | new NAME", help="what to do; list if nothing is said")
    parser.add_argument("--in", dest="folder", default=".", metavar="FOLDER", help="where `new` makes its folder")
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    add_debug(parser)
    own = parser.parse_args(arguments)
    action, *names = own.words or ["list"]
    if action == "new":
        return _new(names, Path(own.folder))
    if action == "list":
        return _list(names, own)
    return _list(own.words, own)


def _new(names: list[str], folder: Path) -> int:
    from planlang.plugins.scaffold import create
    from planlang.runtime.errors import PlanError

    if len(names) != 1:
        raise UsageError("say how the plugin is to be called", "plan plugins new NAME")
    try:
        made = create(names[0], folder)
    except PlanError as error:
        raise UsageError(error.message, error.hint) from error
    print(visible(f"made {made}\nNext: read {made / 'README.md'}"))
    return DONE


def _list(names: list[str], own: argparse.Namespace) -> int:
    from planlang.plugins.loader import load

    plugins = load()
    chosen = [p for p in plugins.loaded if not names or p.name in names]
    unknown = [n for n in names if n not in {p.name for p in plugins.loaded} | {p.plugin for p in plugins.problems}]
    if unknown:
        has = ", ".join(p.name for p in plugins.loaded)
        raise UsageError(f"there is no plugin `{unknown[0]}`", f"there are {has}")
    if own.json:
        from planlang.results import write_json

        write_json(_data(chosen, plugins))
    else:
        print("\n\n".join(map(_described, chosen)))
    for problem in plugins.problems:
        print(visible(str(problem)), file=sys.stderr)
        if own.debug and problem.cause is not None:
            import traceback

            traceback.print_exception(problem.cause)
    return FAILED if plugins.problems else DONE


def _described(plugin: Plugin) -> str:
    color = uses_color(sys.stdout)
    version = f" {visible(plugin.version)}" if plugin.version else ""
    lines = [f"{paint(plugin.name, 'bold', color=color)}{version}"]
    lines[0] += f": {visible(first_line(plugin.doc))}" if plugin.doc else ""
    for function in plugin.contents.functions.values():
        lines.append(f"  {visible(signature_text(function.signature, common=False))}")
        about = f"{EFFECTS[function.signature.effect]}: {first_line(function.signature.doc)}"
        lines.append(paint(f"      {visible(about)}", "dim", color=color))
    lines += [f"  type {visible(name)}" for name in plugin.contents.opaque]
    lines += [visible(f"  plan {command.name}: {command.summary}") for command in plugin.contents.commands]
    return "\n".join(lines)


def _data(chosen: list[Plugin], plugins: Plugins) -> dict[str, Any]:
    return {
        "plugins": [
            {
                "name": p.name,
                "package": p.distribution,
                "version": p.version,
                "doc": p.doc,
                "functions": [
                    {
                        "name": name,
                        "signature": signature_text(f.signature),
                        "effect": f.signature.effect.name.lower(),
                        "permissions": [[right.kind, right.parameter] for right in f.signature.permissions],
                        "doc": f.signature.doc,
                    }
                    for name, f in p.contents.functions.items()
                ],
                "types": list(p.contents.opaque),
                "commands": [c.name for c in p.contents.commands],
            }
            for p in chosen
        ],
        "skipped": [{"plugin": p.plugin, "package": p.distribution, "message": p.message} for p in plugins.problems],
    }
