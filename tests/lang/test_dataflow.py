"""What waits for what in a plan, found before it runs: the words that `plan graph` says about it."""

from __future__ import annotations

import pytest

from planlang.graphs.text import rows
from planlang.graphs.words import Words
from planlang.lang import checker
from planlang.lang.dataflow import dataflow
from planlang.lang.dataflow_graph import Dataflow, Kind, Section, Shape
from planlang.lang.library import Library
from planlang.lang.signatures import Effect, Permission, Signature, SignatureParameter
from planlang.lang.source import Source
from planlang.lang.types import STR

from .checking import MOOD

TEXT = (SignatureParameter("text", STR),)
MODELS = {
    "reply": Signature("reply", TEXT, STR, Effect.MODEL, plugin="fake"),
    "mood": Signature("mood", TEXT, MOOD, Effect.MODEL, plugin="fake"),
    "far": Signature("far", TEXT, STR, Effect.MODEL, plugin="fake", permissions=(Permission("net"),)),
}
LIBRARY = Library(plugins={"fake": MODELS}, opaque={})


def analysed(text: str) -> Dataflow:
    module = checker.check(Source(text, "plan.plan"), LIBRARY)
    assert [] == [d.message for d in module.diagnostics if d.is_error]
    return dataflow(module)


def section(text: str) -> Section:
    return analysed(text).sections[0]


def notes(text: str) -> dict[str, str]:
    """What is said beside each line of the tree, by the source text there; the first of equal ones."""
    found: dict[str, str] = {}
    for row in rows(of := section(text), Words(of)):
        found.setdefault(row.text, row.note)
    return found


def turns(text: str) -> list[str]:
    """How the turns of each loop lie to each other, outer loops first."""
    of = section(text)
    return [Words(of).turns(region) for region in of.root.regions() if region.shape is Shape.LOOP]


def chain(text: str) -> str:
    return Words(section(text)).chain()


def over(body: str, result: str = "none") -> str:
    """A task over some texts."""
    return f"task main(texts: list[str]) -> {result} {{\n{body}\n}}\n"


# --- Statements ------------------------------------------------------------------------------------------


def test_calls_that_share_no_value_do_not_wait():
    told = notes('let a = reply("a")\nlet b = reply("b")\nlet c = reply(a + b)\nlet d = reply("d")\n')
    assert "at once" == told['reply("b")'] == told['reply("d")']
    assert "waits for reply (1) and reply (2)" == told["reply(a + b)"]


def test_what_is_waited_for_anyway_is_not_said_again():
    told = notes('let a = reply("a")\nlet b = reply(a)\nlet c = reply(a + b)\n')
    assert "waits for reply (2)" == told["reply(a + b)"]


def test_a_condition_holds_back_its_block_and_what_it_changes_and_nothing_else():
    told = notes('let n = 0\nif reply("a") == "x" {\n  n = 1\n  reply("in")\n}\nreply("by")\nreply("after {n}")\n')
    assert "waits for reply (2)" == told['if reply("a") == "x"']
    assert "then at once" == told['reply("in")']
    assert "at once" == told['reply("by")']
    assert "waits for `if` (2)" == told['reply("after {n}")']


def test_the_length_of_a_list_does_not_wait_for_its_elements():
    told = notes('let xs = [reply("a")]\nreply("{len(xs)}")\nreply(xs[0])\nreply(join(xs))\n')
    assert "at once" == told['reply("{len(xs)}")']
    assert "waits for reply (1)" == told["reply(xs[0])"] == told["reply(join(xs))"]


def test_fields_of_a_dict_are_told_apart():
    told = notes('let m = {a: reply("a"), b: "b"}\nreply(m.b)\nreply(m.a)\n')
    assert ("at once", "waits for reply (1)") == (told["reply(m.b)"], told["reply(m.a)"])


def test_changes_come_in_order_and_nobody_waits_for_them():
    told = notes('print(reply("a"))\nreply("b")\nprint("c")\n')
    assert "in order, after all before it" == told['print("c")']
    assert "at once" == told['reply("b")']


def test_the_rest_of_a_function_waits_for_a_pending_return():
    told = notes(
        'task main(q: str) -> str {\n  if reply(q) == "x" {\n    return "early"\n  }\n  return reply("late")\n}\n'
    )
    assert "waits for `if` (2)" == told['reply("late")']
    assert "waits for reply (2); `return` here holds back the rest of the function" == told['if reply(q) == "x"']


def test_a_handler_waits_for_the_whole_block():
    told = notes(
        'let r = ""\ntry {\n  r = reply("a")\n  reply("b")\n} catch e {\n  reply(e.message)\n}\nreply(r)\nreply("by")\n'
    )
    assert "known when the whole block is done" == told["catch e"]
    assert "waits for reply (6)" not in told['reply("by")']
    assert "at once" == told['reply("by")'] == told['reply("b")']
    assert "waits for `try` (2)" in told["reply(r)"] or "waits for `try`" in told["reply(r)"]


def test_cases_wait_for_what_is_matched():
    told = notes(
        'match mood("a") {\n  case {label: "positive"} {\n    reply("p")\n  }\n  case _ {\n    reply("n")\n  }\n}\n'
    )
    assert "waits for mood (1)" == told['case {label: "positive"}']
    assert "then at once" == told['reply("p")'] == told['reply("n")']


def test_a_lazy_operator_holds_back_the_call_behind_it():
    told = notes('let x = reply("a") == "x" and reply("b") == "y"\n')
    assert "waits for reply (1)" == told['reply("b")']


# --- Loops -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for t in texts { reply(t) }", "every turn at once"),
        ("let xs = []\nfor t in texts { xs.push(reply(t)) }\nprint(xs)", "every turn at once"),
        ("let n = {}\nfor t in texts {\n let l = reply(t)\n n[l] = (n[l] ?? 0) + 1\n}\nprint(n)", "every turn at once"),
        ('let a = ""\nfor t in texts { a = reply(t + a) }', "one turn after another: carries `a`"),
        (
            "let h = []\nfor t in texts {\n let all = join(h)\n h.push(reply(all + t))\n}",
            "one turn after another: carries `h`",
        ),
        ("for t in texts {\n if reply(t) == t { continue }\n reply(t)\n}", "every turn at once"),
        ("for t in texts {\n if reply(t) == t { break }\n}", "one turn after another: `break` may end it"),
        ("for t in texts {\n if reply(t) == t { return }\n}", "one turn after another: `return` may end it"),
        ("for t in texts { print(reply(t)) }", "every turn at once"),
        ("for t in texts { reply(ask(t)) }", "one turn after another: asks in order"),
        (
            'for t in texts {\n reply(read("s"))\n write("s", t)\n}',
            "one turn after another: reads what the turn before wrote",
        ),
        ('for t in texts {\n write("out/{t}", reply(read("in/{t}")))\n}', "every turn at once"),
        ("let i = 0\nwhile i < 9 {\n reply(texts[i])\n i += 1\n}", "every turn at once"),
        ('let s = ""\nwhile s != "x" {\n s = reply("again")\n}', "one turn after another: carries `s`"),
    ],
)  # fmt: skip
def test_turns_of_a_loop_run_at_once_unless_something_is_carried(body: str, expected: str):
    assert expected == turns(over(body))[0]


def test_only_what_is_on_the_chain_comes_one_turn_after_another():
    [told] = turns(over('let s = ""\nfor t in texts {\n mood(t)\n s = reply(s)\n}'))
    assert "reply (5) one turn after another (carries `s`), the rest of every turn at once" == told


def test_a_chain_in_an_inner_loop_leaves_the_outer_one_free():
    body = 'for t in texts {\n let s = t\n while s != "" {\n  s = reply(s)\n }\n}'
    assert ["every turn at once", "one turn after another: carries `s`"] == turns(over(body))
    assert "reply (5) for each turn of line 4" == chain(over(body))


def test_a_list_that_is_only_filled_carries_nothing_into_the_next_turn():
    told = notes(over("let xs = []\nfor t in texts { xs.push(reply(t)) }\nfor x in xs { reply(x) }"))
    assert "every turn at once" == told["for x in xs"]
    assert "waits for reply (3)" == told["reply(x)"]


def test_a_loop_over_a_pending_list_waits_for_how_long_it_is():
    told = notes(over('for line in lines(reply("a")) { reply(line) }'))
    assert "every turn at once; waits for reply (2)" == told['for line in lines(reply("a"))']


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("map(texts, fn(t) => reply(t))", "every turn at once"),
        ("texts.filter(fn(t) => reply(t) == t)", "every turn at once"),
        ("[reply(t) for t in texts]", "every turn at once"),
        ("map(texts, reply)", "every turn at once"),
        ("sorted(texts, key=fn(t) => reply(t))", "every turn at once"),
        ('reduce(texts, fn(all, t) => reply(all + t), "")', "one turn after another: carries `all`"),
        ("any(texts, fn(t) => reply(t) == t)", "one turn after another: an answer may end it"),
    ],
)
def test_functions_that_call_back_are_loops(call: str, expected: str):
    assert [expected] == turns(over(f"print({call})"))


# --- Functions -------------------------------------------------------------------------------------------


def test_a_call_of_a_function_waits_for_what_its_calls_need_and_not_for_the_rest():
    told = notes(
        "fn f(a: str, b: str) -> str {\n  return reply(a) + b\n}\n"
        'let x = reply("x")\nlet one = f("a", x)\nlet two = f(x, "b")\nreply(one)\n'
    )
    assert "at once" == told['f("a", x)']
    assert "waits for reply (4)" == told['f(x, "b")']
    assert "waits for reply (4) and f (5)" == told["reply(one)"]


def test_the_parts_of_what_a_function_gives_are_pending_one_by_one():
    told = notes(
        "fn all(xs: list[str]) -> list[str] {\n  return [reply(x) for x in xs]\n}\n"
        'let ys = all(["a", "b"])\nreply("{len(ys)}")\n'
    )
    assert "at once" == told['reply("{len(ys)}")']


def test_a_function_keeps_what_it_captured():
    told = notes('let x = reply("x")\nlet f = fn(y) => reply(x + y)\nreply("by")\nprint(f("a"))\n')
    assert "waits for reply (1)" == told['f("a")']
    assert "at once" == told['reply("by")']


def test_recursion_is_told():
    found = analysed(
        "fn split(p: str) -> list[str] {\n  let parts = lines(reply(p))\n"
        '  return flatten([split(part) for part in parts])\n}\nprint(split("p"))\n'
    )
    [fn] = [s for s in found.sections if s.kind == "fn"]
    assert fn.recursive
    assert "reply (2) → split (3) again, as deep as it goes" == Words(fn).chain()


def test_functions_that_only_compute_are_no_operations():
    of = section('fn twice(s: str) -> str {\n  return s + s\n}\nlet a = reply("a")\nreply(twice(a))\n')
    assert ["reply", "reply"] == [o.name for o in of.operations]
    assert "waits for reply (4)" == Words(of).waits(of.operations[1])


# --- The world -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "read", "expected"),
    [
        ('write("a", "")', 'read("b")', "at once"),
        ('write("a", "")', 'read("./a")', "waits for write (2)"),
        ('write("a", "")', 'list_dir(".")', "waits for write (2)"),
        ('write("in/a", "")', 'list_dir("out")', "at once"),
        ('write("a", "")', "read(texts[0])", "if it is the same file, waits for write (2)"),
        ('write(reply("p"), "")', 'read("b")', "waits for reply (2); if it is the same file, waits for write (2)"),
        ('print("a")', 'read("b")', "at once"),
        ('http_post("http://a", "")', 'http_get("http://b")', "waits for http_post (2)"),
        ('http_post("http://a", "")', 'read("b")', "at once"),
    ],
)  # fmt: skip
def test_observations_wait_for_changes_that_they_may_see(write: str, read: str, expected: str):
    assert expected == notes(over(f"{write}\n{read}"))[read]


# --- The whole -------------------------------------------------------------------------------------------


def test_the_longest_chain_prefers_what_is_repeated():
    body = 'reply(reply(reply("a")))\nlet s = ""\nfor t in texts { s = reply(s) }'
    assert "reply (4) for each turn of line 4" == chain(over(body))


def test_a_condition_that_nothing_hangs_on_is_left_out_of_the_chain():
    assert "reply (2) → reply (3)" == chain(over('if reply("a") == "x" {\n reply("b")\n}'))


def test_operations_stand_behind_all_that_they_wait_for():
    of = section(over('let a = reply("a")\nif a == "x" { reply(a) }\nprint(a)'))
    assert [(Kind.MODEL, 0), (Kind.TEST, 1), (Kind.MODEL, 2), (Kind.CHANGE, 3)] == [
        (o.kind, o.column) for o in of.operations
    ]


def test_loops_nested_very_deep_are_told_to_be_unsure():
    body = "".join(f"for t{i} in texts {{\n" for i in range(9)) + "reply(t0)\n" + "}\n" * 9
    assert "nested too deep to tell: taken as one turn after another" == turns(over(body))[-1]


def test_a_chain_of_else_ifs_as_long_as_a_program_is_no_depth():
    links = " else ".join(f'if a == "{i}" {{ reply("{i}") }}' for i in range(400))
    assert 401 == len([o for o in section(f'let a = reply("a")\n{links}\n').operations if o.kind is Kind.MODEL])


def test_what_leaves_the_machine_waits_for_assertions_before_it():
    told = notes('let a = reply("a")\nassert a != ""\nfar("x")\nreply("y")\n')
    assert "waits for `assert` (2)" == told['far("x")']
    assert "at once" == told['reply("y")']
