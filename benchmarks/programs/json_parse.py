"""A JSON parser written in the language, run on a list of n records."""


def skip_space(text: str, start: int) -> int:
    at = start
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def parse_text(text: str, start: int):
    parts = []
    at = start + 1
    while text[at] != '"':
        if text[at] == "\\":
            at += 1
            parts.append("\n" if text[at] == "n" else text[at])
        else:
            parts.append(text[at])
        at += 1
    return "".join(parts), at + 1


def parse_number(text: str, start: int):
    at = start
    whole = True
    while at < len(text) and text[at] in "-+.eE0123456789":
        if text[at] in ".eE":
            whole = False
        at += 1
    digits = text[start:at]
    return int(digits) if whole else float(digits), at


def parse_list(text: str, start: int):
    found = []
    at = skip_space(text, start + 1)
    while text[at] != "]":
        value, after = parse_value(text, at)
        found.append(value)
        at = skip_space(text, after)
        if text[at] == ",":
            at = skip_space(text, at + 1)
    return found, at + 1


def parse_object(text: str, start: int):
    found = {}
    at = skip_space(text, start + 1)
    while text[at] != "}":
        key, colon = parse_text(text, at)
        value, after = parse_value(text, skip_space(text, skip_space(text, colon) + 1))
        found[key] = value
        at = skip_space(text, after)
        if text[at] == ",":
            at = skip_space(text, at + 1)
    return found, at + 1


def parse_value(text: str, start: int):
    first = text[start]
    if first == "{":
        return parse_object(text, start)
    if first == "[":
        return parse_list(text, start)
    if first == '"':
        return parse_text(text, start)
    if first == "t":
        return True, start + 4
    if first == "f":
        return False, start + 5
    if first == "n":
        return None, start + 4
    return parse_number(text, start)


def sample_text(n: int) -> str:
    records = []
    for i in range(n):
        records.append(  # noqa: PERF401 - as in the other languages
            f'{{"id": {i}, "name": "user {i * 7}", "score": {i}.25,\n'
            ' "tags": ["red", "green\\n", "blue"], "active": true, "note": null}'
        )
    return "[" + ", ".join(records) + "]"


def main(n: int):
    rows, end = parse_value(sample_text(n), 0)
    total = 0.0
    letters = 0
    for row in rows:
        total += row["score"] + row["id"]
        letters += len(row["name"]) + len(row["tags"][1])
    return [end, total, letters, rows[n - 1]]
