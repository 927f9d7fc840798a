"""A plugin of one's own: made from the template, built, installed into a fresh environment, used from a plan."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from planlang.plugins.scaffold import create
from planlang.runtime.errors import PlanError

PLAN = """
print(weather_shout("rain"))
print(weather.weather_tone("RAIN").label)
"""


def run(*command: str | Path, cwd: Path, expect: int = 0) -> str:
    environment = {**os.environ, "PLANLANG_CACHE": str(cwd / "cache")}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert expect == done.returncode, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> tuple[Path, Path]:
    """A fresh environment that sees this one's packages, with the template's package built and installed into it."""
    folder = tmp_path_factory.mktemp("fresh")
    package = create("weather", folder)
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    (Path(own) / "seen.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    run(python, *install, package, cwd=folder)
    return python, package


def test_an_installed_package_gives_its_functions_to_plans(environment, tmp_path) -> None:
    """Nothing but the installation is needed, and removing it is seen at once."""
    python, _ = environment
    (tmp_path / "try.plan").write_text(PLAN, encoding="utf-8")
    assert "RAIN!\nloud\n" == run(python, "-m", "planlang", "run", "try.plan", cwd=tmp_path)
    assert "weather_shout" in run(python, "-m", "planlang", "plugins", "list", "weather", cwd=tmp_path)
    told = run(sys.executable, "-m", "planlang", "run", "try.plan", cwd=tmp_path, expect=2)
    assert "weather_shout" in told


def test_the_packages_own_tests_pass(environment) -> None:
    """What `plan plugins new` makes is right from the first minute."""
    python, package = environment
    told = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", package, cwd=package)
    assert "4 passed" in told


def test_the_package_is_formatted_and_complete(environment) -> None:
    """No placeholder is left, and every file of the template is there."""
    _, package = environment
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    made = {path for path in files if not any(part in path for part in ("build", "egg-info", "cache"))}
    assert {
        "README.md",
        "pyproject.toml",
        "src/plan_weather/__init__.py",
        "src/plan_weather/model.py",
        "tests/conftest.py",
        "tests/test_weather.py",
    } <= made
    assert not [path for path in made if "myplugin" in (package / path).read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", ["", "Weather", "a-b", "../x", "1a", "a/b", "ä"])
def test_a_name_that_plans_cannot_say_is_refused(tmp_path, name) -> None:
    """The plugin's name is a name of the language."""
    with pytest.raises(PlanError, match="cannot be called"):
        create(name, tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_an_existing_folder_is_left_alone(tmp_path) -> None:
    """Nothing of anybody's work is overwritten."""
    create("weather", tmp_path)
    with pytest.raises(PlanError, match="there is already"):
        create("weather", tmp_path)
