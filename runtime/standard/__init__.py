"""The standard functions (§7, §11): `bind` gives one by name, and imports only the module that holds it.

Signatures and documentation are in `planlang.lang.standard`. An implementation takes plan values by position in the
order of its signature, with optional ones left out from the end; what is given by name only is given by name.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from importlib import import_module

from planlang.runtime.run import Run
from planlang.runtime.values import Value

_NAMES = {
    "numbers": "abs sum mean median round floor ceil sqrt exp log sin cos tan clamp divmod int float",
    "ordering": "min max sorted top",
    "values": "len str repr type_of validate conforms options",
    "jsons": "to_json from_json digest",
    "each": "map filter reduce any all find_first group_by",
    "lists": "range enumerate zip reversed count counts index_of first last unique flatten chunks join",
    "tables": "table",
    "texts": "upper lower title strip split lines chars replace starts_with ends_with find pad_left pad_right code "
    "char is_digit is_alpha is_space url_encode",
    "patterns": "matches find_all capture sub",
    "dicts": "keys values items get merge pick without",
    "dates": "parse_date format_date days_between",
    "recorded": "now random random_int shuffle sample",
    "files": "read read_lines list_dir list_files write append",
    "rows": "read_rows write_rows",
    "console": "print warn ask env",
    "web": "http_get http_post",
}
MODULES: dict[str, str] = {name: module for module, names in _NAMES.items() for name in names.split()}
"""The module that holds each standard function."""


def bind(name: str, run: Run) -> Callable[..., Value]:
    """The standard function `name` as a plan calls it, bound to `run` if it needs one."""
    module = import_module(f"{__name__}.{MODULES[name]}")
    function, needs_run = module.FUNCTIONS.functions[name]
    return types.MethodType(function, run) if needs_run else function
