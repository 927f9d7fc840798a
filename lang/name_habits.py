"""Names, methods, fields and types that people and models write by habit from other languages, with what to write."""

from __future__ import annotations

_JSON = "write `from_json(text)` and `to_json(value)`"
_LIST = "write a list in brackets: `[…]`; `[x for x in xs]` builds one"
_FORMAT = 'put the value into the text: `"total: {x}"`, `"{x:.2f}"`'
_PRINT = "write `print(…)`"
_FAIL = 'write `fail "what went wrong"`'
_NO_ASYNC = "leave it out: what can run at the same time does so by itself"
_NO_OBJECTS = "there are no objects: pass the value as a parameter"
_MATHS = "the functions of mathematics are always there: `sqrt(x)`, `floor(x)`, `pi`"
_LEN = "write `len(x)`"
_PUSH = "`xs.push(x)` adds an element to a list"
_IN = "write `part in x`"
_KEY_IN = "write `key in d`"
_INDEX_OF = "write `index_of(xs, x)`, which gives none where x is absent, or `find(text, part)`"
_STR = "write `str(x)`"
_LOOP = "write a loop: `for x in xs { … }`"
_NO_COPY = "leave it out: assigning a value copies it"
_SLICE = "write `x[a:b]`"
_TYPE_OF = 'write `type_of(x)`, which gives a text such as "int"'
_DICT_TYPE = "write `dict[int]`; its keys are text"
_LIST_TYPE = "write `list[str]`"
_FLOAT_TYPE = "write `float`, which takes ints too"
_TUPLE_TYPE = "write `[str, int]` for a list of exactly these"
_RECORD_TYPE = "write `dict[any]`, or a record: `{name: str}`"

NAME_HABITS: dict[str, str] = {
    **dict.fromkeys(("None", "null", "nil", "undefined", "NULL"), "write `none`"),
    **dict.fromkeys(("True", "TRUE"), "write `true`"),
    **dict.fromkeys(("False", "FALSE"), "write `false`"),
    "isinstance": 'write `type_of(x) == "str"`, or `conforms(x, T)` for a type',
    "type": _TYPE_OF,
    "typeof": _TYPE_OF,
    "open": "write `read(path)` for the text of a file, `write(path, text)` to write one",
    "input": "write `ask(prompt)`; better: make it a parameter of the task",
    "JSON": _JSON,
    "json": _JSON,
    "Math": _MATHS,
    "math": _MATHS,
    "re": "the functions on patterns are always there: `matches`, `find_all`, `capture`, `sub`",
    "os": "use `list_dir`, `list_files`, `env`",
    "sys": "a task gets what it needs through its parameters",
    "datetime": "use `now()`, `parse_date`, `format_date`, `days_between`",
    "time": "use `now()`",
    **dict.fromkeys(("console", "println", "printf", "puts", "echo"), _PRINT),
    **dict.fromkeys(("list", "tuple", "array", "Array"), _LIST),
    "set": "write `unique(xs)` for a list without doubles, or use a dict",
    "dict": 'write a dict in braces: `{name: "x"}`',
    "Object": "use `keys(d)`, `values(d)`, `items(d)`",
    "bool": "compare: `x != 0`, `len(xs) > 0`",
    **dict.fromkeys(("string", "String"), _STR),
    "parseInt": "write `int(x)`",
    "parseFloat": "write `float(x)`",
    "Number": "write `float(x)` or `int(x)`",
    "ord": "write `code(s)`",
    "chr": "write `char(n)`",
    "format": _FORMAT,
    "sprintf": _FORMAT,
    "lambda": "write `fn(x) => x + 1`",
    **dict.fromkeys(("function", "def"), "write `fn name(x) { … }`"),
    **dict.fromkeys(("raise", "throw", "Exception", "Error"), _FAIL),
    "pass": "an empty block needs nothing in it",
    "del": "write `xs.remove(i)` or `d.remove(key)`",
    **dict.fromkeys(("await", "async"), _NO_ASYNC),
    "yield": "build a list and return it",
    **dict.fromkeys(("self", "this"), _NO_OBJECTS),
    **dict.fromkeys(("avg", "average"), "write `mean(xs)`"),
    **dict.fromkeys(("size", "length"), _LEN),
    "fetch": "write `http_get(url)`",
    "requests": "write `http_get(url)` or `http_post(url, body)`",
    **dict.fromkeys(("exit", "quit"), 'write `return`, or `fail "why"`'),
    "iter": "a `for` loop goes over lists, texts and dicts as they are",
    "next": "write `first(xs)` or `xs[0]`",
    "fold": "write `reduce(xs, f, start)`",
    "setattr": "write `d[key] = value`",
    "getattr": "write `d[key]`",
    "hasattr": _KEY_IN,
    **dict.fromkeys(("uuid", "hash"), "write `digest(x)` for a name that depends on the content"),
    "pow": "write `x ** y`",
}
"""Names that do not exist here."""

METHOD_HABITS: dict[str, str] = {
    **dict.fromkeys(("append", "push_back"), _PUSH),
    "add": "`xs.push(x)` adds an element to a list; `d[key] = value` an entry to a dict",
    "addAll": "`xs.extend(ys)` adds all elements of a list",
    **dict.fromkeys(("length", "size"), _LEN),
    **dict.fromkeys(("has", "has_key", "hasOwnProperty"), _KEY_IN),
    **dict.fromkeys(("contains", "includes"), _IN),
    **dict.fromkeys(("index", "indexOf"), _INDEX_OF),
    "format": _FORMAT,
    "trim": "write `x.strip()`",
    "lstrip": "write `x.strip()`, or `x.sub('^\\s+', \"\")` for the left side alone",
    "rstrip": "write `x.strip()`, or `x.sub('\\s+$', \"\")` for the right side alone",
    **dict.fromkeys(("startswith", "startsWith"), "write `x.starts_with(prefix)`"),
    **dict.fromkeys(("endswith", "endsWith"), "write `x.ends_with(suffix)`"),
    **dict.fromkeys(("isdigit", "isnumeric"), "write `x.is_digit()`"),
    "isalpha": "write `x.is_alpha()`",
    "isspace": "write `x.is_space()`",
    **dict.fromkeys(("toUpperCase", "to_upper"), "write `x.upper()`"),
    **dict.fromkeys(("toLowerCase", "to_lower", "casefold"), "write `x.lower()`"),
    "capitalize": "write `x.title()`",
    "splitlines": "write `x.lines()`",
    **dict.fromkeys(("to_string", "toString", "to_str"), _STR),
    "to_int": "write `int(x)`",
    "to_float": "write `float(x)`",
    "sort": "`sorted(xs)` gives the sorted list: `xs = sorted(xs)`",
    "reverse": "`reversed(xs)` gives the reversed list: `xs = reversed(xs)`",
    **dict.fromkeys(("forEach", "for_each", "each"), _LOOP),
    "update": "write `d = merge(d, other)`, or `d[key] = value` for one entry",
    "setdefault": "write `d[key] = d[key] ?? value`",
    **dict.fromkeys(("copy", "clone", "deepcopy"), _NO_COPY),
    "delete": "write `d.remove(key)`",
    **dict.fromkeys(("pop_front", "shift"), "write `xs.pop(0)`"),
    "unshift": "write `xs.insert(0, x)`",
    **dict.fromkeys(("slice", "substring", "substr"), _SLICE),
    "charAt": "write `x[i]`",
    "concat": "write `a + b`",
    "entries": "write `d.items()`",
    "zfill": 'write `x.pad_left(n, "0")`',
    **dict.fromkeys(("rjust", "padStart"), "write `x.pad_left(n)`"),
    **dict.fromkeys(("ljust", "padEnd"), "write `x.pad_right(n)`"),
    "match": "write `matches(text, pattern)` or `capture(text, pattern)`",
    "test": "write `matches(text, pattern)`",
    "findall": "write `find_all(text, pattern)`",
    "fold": "write `reduce(xs, f, start)`",
    "some": "write `any(xs, f)`",
    "every": "write `all(xs, f)`",
    "average": "write `mean(xs)`",
    **dict.fromkeys(("head", "take"), "write `xs[:n]`"),
    "tail": "write `xs[1:]`",
    "drop": "write `xs[n:]`",
    **dict.fromkeys(("is_empty", "isEmpty"), "write `len(x) == 0`"),
    "set": "write `d[key] = value`",
    "json": "write `from_json(text)`",
}
"""Methods that do not exist here."""

FIELD_HABITS: dict[str, str] = dict.fromkeys(("length", "size", "len", "count"), "len")
"""Fields of lists and texts in other languages, with the function that is meant."""

TYPE_HABITS: dict[str, str] = {
    **dict.fromkeys(("string", "String", "Str", "text"), "write `str`"),
    **dict.fromkeys(("integer", "Integer", "Int"), "write `int`"),
    **dict.fromkeys(("number", "Number"), _FLOAT_TYPE),
    **dict.fromkeys(("double", "Float"), "write `float`"),
    **dict.fromkeys(("boolean", "Boolean", "Bool"), "write `bool`"),
    **dict.fromkeys(("List", "Array", "array", "set", "Set"), _LIST_TYPE),
    **dict.fromkeys(("Dict", "Map", "map"), _DICT_TYPE),
    "Any": "write `any`",
    **dict.fromkeys(("object", "Object"), _RECORD_TYPE),
    **dict.fromkeys(("None", "null", "void"), "write `none`"),
    "Optional": "write `int?` for `Optional[int]`",
    "Union": "write `int | str`",
    "Literal": 'write the values: `"a" | "b"`',
    **dict.fromkeys(("Tuple", "tuple"), _TUPLE_TYPE),
    **dict.fromkeys(("Callable", "function"), "write `fn(int) -> str`"),
}
"""Types of other languages."""
