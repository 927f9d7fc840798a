"""No plan reaches files, the network or the environment but through its permissions; odd files do no harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .attack import Attack, repel

CONTENTS = "secret-contents"

REFUSED = [
    Attack(f"{call} {' '.join(flags)}", f"let f: any = {function}\nprint(f({call}))\n", flags)
    for function, call, flags in [
        ("read", '"secret.txt"', ()),
        ("read", '"/etc/passwd"', ()),
        ("read", '"open/../secret.txt"', ("--allow-read=open",)),
        ("read", '"open/link.txt"', ("--allow-read=open",)),
        ("read", '"open/folder/secret.txt"', ("--allow-read=open",)),
        ("read", '"open/../../../../../../../etc/passwd"', ("--allow-read=open",)),
        ("read", '"/proc/self/environ"', ("--allow-read=open",)),
        ("read", '"/proc/self/root/etc/passwd"', ("--allow-read=open",)),
        ("read", '"opener/secret.txt"', ("--allow-read=open",)),
        ("read", '"~/secret.txt"', ("--allow-read=open",)),
        ("read", '"open/a\\u{0}/../secret.txt"', ("--allow-read=open",)),
        ("read_lines", '"secret.txt"', ("--allow-read=open",)),
        ("read_rows", '"open/link.csv"', ("--allow-read=open",)),
        ("list_dir", '".."', ("--allow-read=open",)),
        ("list_dir", '"open/folder"', ("--allow-read=open",)),
        ("list_files", '"open/.."', ("--allow-read=open",)),
        ("list_files", '"open", glob="../*"', ("--allow-read=open",)),
        ("write", '"open/new.txt", "x"', ("--allow-read=open",)),
        ("write", '"open/link.txt", "x"', ("--allow-write=open",)),
        ("write", '"open/../new.txt", "x"', ("--allow-write=open",)),
        ("append", '"secret.txt", "x"', ("--allow-write=open",)),
        ("write_rows", '"new.csv", [{a: 1}]', ("--allow-write=open",)),
        ("read", '"open/in.txt"', ("--allow-write=open",)),
        ("http_get", '"http://127.0.0.1:9/"', ()),
        ("http_get", '"http://127.0.0.1:9/"', ("--allow-net=example.org",)),
        ("http_get", '"http://example.org@127.0.0.1:9/"', ("--allow-net=example.org",)),
        ("http_get", '"http://127.0.0.1:9/#@example.org"', ("--allow-net=example.org",)),
        ("http_get", '"file:///etc/passwd"', ("--allow-net",)),
        ("http_get", '"ftp://127.0.0.1/"', ("--allow-net",)),
        ("http_get", '"not a url"', ("--allow-net",)),
        ("http_get", '""', ("--allow-net",)),
        ("http_post", '"http://127.0.0.1:9/", "x"', ("--allow-net=example.org",)),
        ("env", '"HOME"', ()),
        ("env", '"SECRET"', ("--allow-env=HOME",)),
        ("env", '"HOME=x"', ("--allow-env=HOME",)),
        ("env", '"A\\u{0}B"', ("--allow-env",)),
    ]
]  # fmt: skip

ODD = [
    Attack(f"{call}", f"let f: any = {function}\nprint(len(str(f({call}))))\n", flags, exits)
    for function, call, flags, exits in [
        ("read", '"open"', ("--allow-read",), (1,)),
        ("read", '"missing.txt"', ("--allow-read",), (1,)),
        ("read", '""', ("--allow-read",), (1,)),
        ("read", '"binary.bin"', ("--allow-read",), (1,)),
        ("read", '"/dev/zero"', ("--allow-read",), (1, 3)),
        ("read", '"/dev/null"', ("--allow-read",), (0, 1)),
        ("read", '"fifo"', ("--allow-read", "--max-time=1"), (1, 3)),
        ("read", '"loop"', ("--allow-read",), (1,)),
        ("read", '"x" * 100000', ("--allow-read",), (1,)),
        ("read", "5", ("--allow-read",), (1,)),
        ("read_rows", '"/dev/zero"', ("--allow-read",), (1, 3)),
        ("read_rows", '"binary.csv"', ("--allow-read",), (1,)),
        ("read_rows", '"ragged.csv"', ("--allow-read",), (0, 1)),
        ("read_rows", '"broken.jsonl"', ("--allow-read",), (1,)),
        ("read_rows", '"deep.json"', ("--allow-read",), (1, 3)),
        ("read_rows", '"in.unknown"', ("--allow-read",), (1,)),
        ("list_dir", '"missing"', ("--allow-read",), (1,)),
        ("list_dir", '"secret.txt"', ("--allow-read",), (1,)),
        ("list_files", '"looping", recursive=true', ("--allow-read",), (0, 1)),
        ("list_files", '".", glob="[" * 10000', ("--allow-read",), (0, 1)),
        ("list_files", '".", glob="*a*a*a*a*a*a*a*a*a*a*a*a*b"', ("--allow-read",), (0, 1)),
        ("write", '"/dev/full", "x" * 10 ** 6', ("--allow-write",), (1,)),
        ("write", '"open", "x"', ("--allow-write",), (1,)),
        ("write", '"secret.txt/x", "x"', ("--allow-write",), (1,)),
        ("write", '"a.txt", 5', ("--allow-write",), (1,)),
        ("write_rows", '"a.csv", [5]', ("--allow-write",), (1,)),
        ("write_rows", '"a.csv", [{a: [1]}]', ("--allow-write",), (0, 1)),
        ("write_rows", '"a.unknown", [{a: 1}]', ("--allow-write",), (1,)),
    ]
]

IMPORTS = [
    Attack("a cycle of imports", 'import "./cycle_a.plan" as a\nprint(1)\n', exits=(2,), says="cycle_b"),
    Attack("a file that imports itself", 'import "./attack.plan" as a\nprint(1)\n', exits=(2,)),
    Attack("a file that imports itself through a link", 'import "./self_link.plan" as a\nprint(1)\n', exits=(2,)),
    Attack("a file of the system as an import", 'import "/etc/passwd" as p\nprint(1)\n', exits=(2,)),
    Attack(
        "a file of the system by a relative path",
        'import "../../../../../../../../etc/passwd" as p\nprint(1)\n',
        exits=(2,),
    ),
    Attack("a folder as an import", 'import "./open" as p\nprint(1)\n', exits=(2,)),
    Attack("an endless file as an import", 'import "/dev/zero" as p\nprint(1)\n', exits=(2,)),
    Attack("a pipe as an import", 'import "./fifo" as p\nprint(1)\n', exits=(2,)),
    Attack("a binary file as an import", 'import "./binary.plan" as p\nprint(1)\n', exits=(2,)),
    Attack("a NUL in an import", 'import "./a\\u{0}b.plan" as p\nprint(1)\n', exits=(2,)),
    Attack("an empty path as an import", 'import "" as p\nprint(1)\n', exits=(2,)),
    Attack("a Python module as an import", "import os\nprint(os.getcwd())\n", exits=(2,)),
    Attack("a package of the runtime as an import", "import runtime\nprint(1)\n", exits=(2,)),
    Attack("a path as a module's name", 'import "os" as os\nprint(1)\n', exits=(2,)),
    Attack("a chain of 300 imports", 'import "./chain_0.plan" as c\nprint(c.f())\n', exits=(0, 2)),
    Attack("imports that double thirty times", 'import "./double_0.plan" as c\nprint(1)\n', exits=(0, 2)),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a secret, an open folder with ways out of it, and odd files."""
    root = tmp_path_factory.mktemp("files")
    (root / "secret.txt").write_text(CONTENTS)
    (root / "open").mkdir()
    (root / "open" / "in.txt").write_text("inside")
    (root / "open" / "link.txt").symlink_to(root / "secret.txt")
    (root / "rows.csv").write_text(f"a\n{CONTENTS}\n")
    (root / "open" / "link.csv").symlink_to(root / "rows.csv")
    (root / "hidden").mkdir()
    (root / "hidden" / "secret.txt").write_text(CONTENTS)
    (root / "open" / "folder").symlink_to(root / "hidden")
    (root / "opener").mkdir()
    (root / "opener" / "secret.txt").write_text(CONTENTS)
    for name in ("binary.bin", "binary.csv", "binary.plan"):
        (root / name).write_bytes(b"a,b\n\xff\xfe\x00\x80\n")
    os.mkfifo(root / "fifo")
    (root / "loop").symlink_to(root / "loop")
    (root / "looping").mkdir()
    (root / "looping" / "again").symlink_to(root / "looping")
    (root / "ragged.csv").write_text('a,b\n1\n1,2,3\n"x')
    (root / "broken.jsonl").write_text('{"a": 1}\n{"a": \n')
    (root / "deep.json").write_text("[" * 200_000 + "]" * 200_000)
    (root / "in.unknown").write_text("a")
    (root / "self_link.plan").symlink_to(root / "attack.plan")
    _write_imports(root)
    return root


def _write_imports(root: Path) -> None:
    (root / "cycle_a.plan").write_text('import "./cycle_b.plan" as b\n')
    (root / "cycle_b.plan").write_text('import "./cycle_a.plan" as a\n')
    for i in range(300):
        last = i == 299
        body = "fn f() { return 7 }\n" if last else f'import "./chain_{i + 1}.plan" as c\nfn f() {{ return c.f() }}\n'
        (root / f"chain_{i}.plan").write_text(body)
    for i in range(30):
        lines = [f'import "./double_{i + 1}{side}.plan" as {name}\n' for side, name in (("", "a"), ("b", "b"))]
        body = "".join(lines) if i < 29 else ""
        (root / f"double_{i}.plan").write_text(body + "fn f() { return 1 }\n")
        (root / f"double_{i}b.plan").write_text(body + "fn f() { return 1 }\n")


@pytest.mark.parametrize("attack", REFUSED, ids=lambda a: a.title)
def test_no_way_out(attack: Attack, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan is refused, and what it wanted is not shown and not changed."""
    monkeypatch.setenv("SECRET", CONTENTS)
    outcome = repel(attack, files)
    assert CONTENTS not in outcome.text
    assert CONTENTS == (files / "secret.txt").read_text()
    assert not (files / "new.txt").exists()
    assert not (files / "new.csv").exists()


@pytest.mark.parametrize("attack", [*ODD, *IMPORTS], ids=lambda a: a.title)
def test_odd_files_do_no_harm(attack: Attack, files: Path) -> None:
    """The plan ends with an error (or is harmless) in under two seconds of CPU and 500 MB."""
    repel(attack, files)
