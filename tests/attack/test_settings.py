"""A plan.toml, an option or a name of a model that wants more than it may: told, before anything runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from planlang.__main__ import main
from planlang.plugins import Failure
from planlang.plugins.nlp.models import locate
from planlang.runtime.workers.protocol import Secrets

from .attempt import LEAKS

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `plan` in a folder with `a.plan`; gives the exit code and what was shown, which holds nothing of Python."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    (tmp_path / "a.plan").write_text("print('ran')\n", encoding="utf-8")
    (tmp_path / "reads.plan").write_text("print(read('secret.txt'))\n", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("contents", encoding="utf-8")

    def run(*words: str) -> tuple[int, str]:
        code = main(list(words))
        said = capsys.readouterr()
        assert LEAKS.search(said.out + said.err) is None, said
        return code, said.out + said.err

    return run


TOO_MUCH = {
    "a right to read": ("[permissions]\nread = true\n", "no setting `permissions`"),
    "a right, in the words of the command": ("allow-read = true\n", "no setting `allow-read`"),
    "a right under limits": ("[limits]\nallow-net = '*'\n", "no setting `allow-net`"),
    "no table": ("limits = 5\n", "`limits` must be a table"),
    "time that runs backwards": ("[limits]\nmax-time = -1\n", "`max-time`"),
    "time without end": ("[limits]\nmax-time = inf\n", "`max-time`"),
    "time that is no number": ("[limits]\nmax-time = nan\n", "`max-time`"),
    "steps of a googol": (f"[limits]\nmax-steps = 1{'0' * 5000}\n", ""),
    "memory of a name": ("[limits]\nmax-memory = '__import__'\n", "`max-memory`"),
    "a date for a number": ("[limits]\nmax-calls = 2024-01-01\n", "`max-calls` must be a number"),
    "a model that is a table": ("[models.default]\npath = '/etc/passwd'\n", "must be a text"),
    "no workers": ("[workers]\nper_model = 0\n", "at least 1"),
    "workers by the text": ("[workers]\nper_model = '1; rm -rf /'\n", "at least 1"),
    "a cluster that is a command": ("[workers]\non = 'ray://x; id'\n", "`on` must be a place"),
    "tables without end": (f"a = {'[' * 100_000}\n", ""),
    "a key twice": ("[models]\na = '1'\na = '2'\n", "plan.toml:3"),
    "NUL": ("\0", "plan.toml"),
}


@pytest.mark.parametrize("title", TOO_MUCH)
def test_plan_toml_wants_too_much(title: str, plan: Command, tmp_path: Path) -> None:
    """It sets what it may set; what else it says is told with its line, and the plan does not run."""
    text, says = TOO_MUCH[title]
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    code, told = plan("run", "a.plan")
    assert (2, True, False) == (code, says in told, "ran" in told), told
    assert "plan.toml" in told


def test_a_huge_plan_toml_is_not_read(plan: Command, tmp_path: Path) -> None:
    """A file of a terabyte, with nothing in it."""
    with (tmp_path / "plan.toml").open("wb") as file:
        file.truncate(1 << 40)
    code, told = plan("run", "a.plan")
    assert (2, True) == (code, "larger than 256 KB" in told), told


@pytest.mark.parametrize("target", ["/dev/zero", "/etc", "nowhere", "plan.toml"])
def test_a_plan_toml_that_is_no_file_is_none(target: str, plan: Command, tmp_path: Path) -> None:
    """Devices, folders and links to nothing are passed over."""
    (tmp_path / "plan.toml").symlink_to(target)
    assert (0, "ran\n") == plan("run", "a.plan")


def test_a_pipe_is_no_plan_toml(plan: Command, tmp_path: Path) -> None:
    """Nobody waits for what may come out of it."""
    os.mkfifo(tmp_path / "plan.toml")
    assert (0, "ran\n") == plan("run", "a.plan")


def test_a_plan_toml_that_is_a_secret_file_is_not_shown(plan: Command, tmp_path: Path) -> None:
    """What is wrong with it is told by its place, not by its text."""
    (tmp_path / "plan.toml").symlink_to("secret.txt")
    code, told = plan("run", "a.plan")
    assert (2, False) == (code, "contents" in told), told


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_plan_toml_of_another_user_is_refused(plan: Command, tmp_path: Path) -> None:
    """It may wait in a folder above, such as /tmp, for plans of others."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.plan").write_text("print('ran')\n", encoding="utf-8")
    (tmp_path / "plan.toml").write_text("[limits]\nmax-calls = 1\n", encoding="utf-8")
    os.chown(tmp_path / "plan.toml", 12345, 12345)
    code, told = plan("run", "inner/a.plan")
    assert (2, True) == (code, "belongs to another user" in told), told
    os.chown(tmp_path, 12345, 12345)
    assert (0, "ran\n") == plan("run", "inner/a.plan")


@pytest.mark.parametrize("kind", ["read", "write", "net", "env"])
@pytest.mark.parametrize("value", ["", ",", ",,"])
def test_a_right_to_nothing_is_not_one_to_everything(kind: str, value: str, plan: Command) -> None:
    """As where a shell puts in a variable that is not set."""
    code, told = plan("run", f"--allow-{kind}={value}", "reads.plan")
    assert (2, True) == (code, f"--allow-{kind}= names nothing" in told), told


@pytest.mark.parametrize(
    "words", [["--allow-reading"], ["--allow-re"], ["--allow-read-secret.txt"], ["--", "--allow-read"]]
)
def test_a_right_is_given_by_its_full_name(words: list[str], plan: Command) -> None:
    """No abbreviation, no guess, and none among the task's own options."""
    code, told = plan("run", "reads.plan", *words)
    assert (2, False) == (code, "contents" in told), told


SECRETS = {
    "a device": ({"file": "/dev/zero"}, "too large for a secret"),
    "a folder": ({"file": "/etc"}, "cannot be read"),
    "a NUL": ({"file": "a\0b"}, "is not set"),
    "nobody's home": ({"file": "~there-is-nobody/x"}, "cannot be read"),
    "a number": ({"file": 5}, "is not set"),
    "a variable that is a number": ({"env": 5}, "is not set"),
    "a variable with a NUL": ({"env": "A\0B"}, "is not set"),
    "nothing": ({"env": ""}, "is not set"),
    "a text for a table": ("HOME", "is not set"),
    "another kind": ({"command": "id"}, "is not set"),
    "a name that is endless": ({"file": "x" * 100_000}, "is not set"),
}


@pytest.mark.parametrize("title", SECRETS)
def test_a_secret_that_is_none_is_told(title: str) -> None:
    """Secrets come from variables and small files, and what they hold is in no message."""
    source, says = SECRETS[title]
    with pytest.raises(Failure, match=says) as caught:
        Secrets({"key": source})["key"]
    assert "root:" not in caught.value.message


@pytest.mark.parametrize(
    "call",
    ["env('EVIL_KEY')", "env('EVIL_KEY', default='x')", "read('key.txt')", "read_lines('./key.txt')",
     "read('link.txt')", "read_rows('key.csv')", "read('/proc/self/environ')"],
)  # fmt: skip
def test_a_plan_sees_no_secret(call: str, plan: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it was granted: secrets are for the workers that need them."""
    monkeypatch.setenv("EVIL_KEY", "hush")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "key.txt").write_text("hush")
    (tmp_path / "key.csv").write_text("hush\n1\n")
    (tmp_path / "link.txt").symlink_to("key.txt")
    sources = "a = {env = 'EVIL_KEY'}\nb = {file = '~/key.txt'}\nc = {file = 'key.csv'}\nd = 5\n"
    (tmp_path / "plan.toml").write_text(f"[plugins.mine.secrets]\n{sources}", encoding="utf-8")
    (tmp_path / "wants.plan").write_text(f"print({call})\n", encoding="utf-8")
    code, told = plan("run", "--allow-read", "--allow-env", "wants.plan")
    assert (1, False, True) == (code, "hush" in told, "error[permission]" in told), told


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "/etc/passwd", "/etc", "~/.ssh", "file:///etc/passwd", "http://127.0.0.1/model", "a\0b",
     "-", ".", "..", "org/../../etc", "org/name@../../x", "org\\name", "--help", "$(id)",
     "x" * 100_000, "org/" + "x" * 300,
     "C:\\model", "\u202eledom", "org/name:main", "a/b/c/d"],
    ids=lambda name: repr(name)[:30],
)  # fmt: skip
def test_a_models_name_is_a_name_or_a_folder_of_a_model(name: str, tmp_path: Path) -> None:
    """Any other is told in one sentence; nothing is fetched, and no file is shown."""
    with pytest.raises(Failure) as caught:
        locate(name, tmp_path)
    assert any(words in caught.value.message for words in ("there is no model", "holds no config.json", "is a file"))
