"""What the formatter's layout looks like."""

from __future__ import annotations

import textwrap

import pytest

from planlang.lang.diagnostics import CheckError
from planlang.lang.formatter import format_source


def check(before: str, after: str) -> None:
    """`before` is laid out as `after`, which stays as it is."""
    before, after = textwrap.dedent(before).lstrip("\n"), textwrap.dedent(after).lstrip("\n")
    assert after == format_source(before)
    assert after == format_source(after)


def test_spaces_and_empty_lines():
    """One space around operators, at most one empty line in blocks and two between declarations."""
    check(
        """
        let x=1+2*(3);let y   =  [1,2,]



        fn f( a:int,b=2 )->str?{

          let z={a:1,"b c":2,(k):3}


          return z
        }
        f(1,b = 2)
        """,
        """
        let x = 1 + 2 * 3
        let y = [1, 2]


        fn f(a: int, b = 2) -> str? {
          let z = {a: 1, "b c": 2, (k): 3}

          return z
        }

        f(1, b=2)
        """,
    )


def test_comments_stay_at_their_places():
    """Comments of their own lines, at the ends of lines, in lists and at the ends of blocks."""
    check(
        """
        #!/usr/bin/env plan
        # about
        let xs = [1, # one
          2]   # all
        ## Doc.
        fn f() {
            # first
            g()  # second
            # last
        }
        """,
        """
        #!/usr/bin/env plan
        # about
        let xs = [
          1,  # one
          2,
        ]  # all
        ## Doc.
        fn f() {
          # first
          g()  # second
          # last
        }
        """,
    )


def test_long_lines_break():
    """Calls, chains of operators, conditionals and chains of methods break at their joints."""
    long = "a_rather_long_name_of_something_or_other"
    check(
        f"""
        call({long}, {long}, third={long}, f=1)
        let a = {long} + {long} * 2 + {long}
        let b = if {long} then {long} else {long}
        let c = {long}.filter(fn(x) => x > 1).map(fn(x) => x + 1).flatten().unique().join(", ").upper()
        """,
        f"""
        call(
          {long},
          {long},
          third={long},
          f=1,
        )
        let a = {long} +
          {long} * 2 +
          {long}
        let b = if {long}
          then {long}
          else {long}
        let c = {long}
          .filter(fn(x) => x > 1)
          .map(fn(x) => x + 1)
          .flatten()
          .unique()
          .join(", ")
          .upper()
        """,
    )


def test_texts_over_several_lines_move_with_their_code():
    """The text itself stays the same."""
    check(
        '''
        fn f() {
              return """
          one
            two {x}
          """
        }
        ''',
        '''
        fn f() {
          return """
            one
              two {x}
            """
        }
        ''',
    )


def test_escapes_stay_as_they_were_written():
    """In texts of one line and of several, around interpolations and inside them."""
    check(
        r'''
        print("\u{1F600} {x  +  "\u{41}\t"} \u{7d}")
        let a = """\u{1F600} "{x}\""""
        let b = """
            \u{41} \}
              {x}\n
            """
        let c = """
        \u{41}
        \t
        """
        ''',
        r'''
        print("\u{1F600} {x + "\u{41}\t"} \u{7d}")
        let a = """\u{1F600} "{x}\""""
        let b = """
          \u{41} \}
            {x}\n
          """
        let c = """
          \u{41}
          \t
          """
        ''',
    )


def test_comments_inside_a_header_go_above_the_documentation():
    """So the documentation stays directly above what it documents."""
    check(
        """
        ## Doc.
        ## More.
        fn f() -> list[ # why a list
          int
        ] { return [] }
        """,
        """
        # why a list
        ## Doc.
        ## More.
        fn f() -> list[int] { return [] }
        """,
    )


def test_short_blocks_stay_on_their_line():
    """A block of one simple statement that stood on one line stays there; others do not."""
    check(
        "if a { f() } else { g() }\nif a { f(); g() }\nxs.map(fn(x) { return x })\n",
        "if a { f() } else { g() }\nif a {\n  f()\n  g()\n}\nxs.map(fn(x) { return x })\n",
    )


def test_what_does_not_parse_is_not_touched():
    """The findings say why."""
    with pytest.raises(CheckError):
        format_source("let = 1")
