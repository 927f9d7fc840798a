"""What identifies a model, and pins: the name of a model together with what its files must be."""

import json
import os
import re
import sys
import time
from pathlib import Path

import pytest
from model_folders import CONFIG, gguf, make

from planlang.plugins import Failure, loader
from planlang.plugins.nlp import digests, fetch
from planlang.runtime.errors import PlanError
from planlang.runtime.pools import model_of, pool_for
from planlang.runtime.run import Run, RunOptions


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def target(model: str | None = None, function: str = "embed", plugins=None):
    plugins = plugins or loader.load(installed=False)
    plugin = "nlp" if function in ("embed", "generate") else "own"
    return plugins.bind_call(plugin, function, Run(RunOptions())).target(model)


def hex_of(digest: str) -> str:
    found = re.match(r"sha256:([0-9a-f]{64}); torch \d+\.\d+, transformers \d+\.\d+, nlp [0-9a-f]{8}$", digest)
    assert found, digest
    return found[1]


# ── digests ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_model_has_a_digest_of_its_files(tmp_path):
    folder = make(tmp_path / "model")
    first = hex_of(digests.digest(str(folder), {}))
    assert first == hex_of(digests.digest(str(folder), {}))
    (folder / "README.md").write_text("not read")
    assert first == hex_of(digests.digest(str(folder), {}))


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_any_file_that_shapes_answers_counts(tmp_path, file):
    folder = make(tmp_path / "model")
    first = digests.files_digest(str(folder))
    text = (folder / file).read_text()
    (folder / file).write_text(text + " ")
    assert first != digests.files_digest(str(folder))
    (folder / file).write_text(text)
    assert first == digests.files_digest(str(folder))


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path):
    """The time at which a file's entry was changed cannot be set by its owner."""
    folder = make(tmp_path / "model")
    weights = folder / "model.safetensors"
    old = time.time() - 1000
    os.utime(weights, (old, old))
    first = digests.files_digest(str(folder))
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    os.utime(weights, (old, old))
    assert first != digests.files_digest(str(folder))


def test_files_are_read_once(tmp_path, cache, monkeypatch):
    folder = make(tmp_path / "model")
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    first = digests.files_digest(str(folder))
    assert 4 == len(json.loads((cache / "digests.json").read_text()))
    monkeypatch.setattr(digests.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    assert first == digests.files_digest(str(folder))


@pytest.mark.parametrize("table", ["", "[]", "{", '{"a": 1}', "\x00"])
def test_a_table_that_is_broken_is_made_anew(tmp_path, cache, table):
    folder = make(tmp_path / "model")
    expected = digests.files_digest(str(folder))
    cache.mkdir(exist_ok=True)
    (cache / "digests.json").write_text(table)
    assert expected == digests.files_digest(str(folder))


def test_the_default_language_model_is_known_before_it_is_fetched(tmp_path):
    assert fetch.DIGEST == hex_of(digests.digest("SmolLM2-135M-Instruct", {}))


def test_a_gguf_file_is_its_own_digest(tmp_path):
    import hashlib

    (tmp_path / "m.gguf").write_bytes(gguf())
    expected = hashlib.sha256(gguf()).hexdigest()
    assert expected == hex_of(digests.digest(str(tmp_path / "m.gguf"), {}))


def test_no_model_no_digest():
    with pytest.raises(Failure, match="there is no model `org/nothing`"):
        digests.digest("org/nothing", {})


# ── which model answers ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_call_names_its_model_before_the_user_and_the_plugin(tmp_path):
    one, other = str(make(tmp_path / "one")), str(make(tmp_path / "other"))
    options = RunOptions(models={"nlp.embed": other})
    assert (one, other, "all-MiniLM-L6-v2") == (
        model_of(target(one), options)[0],
        model_of(target(), options)[0],
        model_of(target(), RunOptions())[0],
    )


def test_a_model_that_is_not_there_is_told_as_by_its_worker():
    with pytest.raises(PlanError) as told:
        model_of(target("org/nothing"), RunOptions())
    assert "`embed` failed: there is no model `org/nothing` on this machine" == told.value.message


OWN = '''
from planlang.plugins import hookimpl, worker

@worker("own_worker:Shout", model="loud"{digest})
def shout(text: str) -> str:
    """In capitals."""

@hookimpl
def register_functions(register):
    register(shout)
'''
CLASS = """
class Shout:
    def load(self, context):
        self.model = context.model
    def run(self, batch):
        return [f"{self.model} {item['text'].upper()}" for item in batch]

def digest(model, settings):
    if model == "broken":
        raise ValueError("it is broken")
    return f"sha256:{'ab' * 32}" if model == "loud" else f"{model} {settings.get('volume')}"
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Makes plugins of one function, with or without a digest of their own."""

    def make_plugin(digest: str = "", code: str = CLASS):
        import importlib

        for name, text in (("own_plugin", OWN.replace("{digest}", digest)), ("own_worker", code)):
            (tmp_path / f"{name}.py").write_text(text)
            sys.modules.pop(name, None)
        monkeypatch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        return loader.load({"own": importlib.import_module("own_plugin")}, installed=False)

    yield make_plugin
    for name in ("own_plugin", "own_worker"):
        sys.modules.pop(name, None)


def test_a_plugin_without_digests_is_known_by_name_and_code(own):
    loud = model_of(target(None, "shout", own()), RunOptions())
    quiet = model_of(target("quiet", "shout", own()), RunOptions())
    other = model_of(target(None, "shout", own(code=CLASS + "# changed\n")), RunOptions())
    assert ("loud", "quiet", "loud") == (loud[0], quiet[0], other[0])
    assert re.fullmatch(r"model loud, code [0-9a-f]{12}", loud[1])
    assert 3 == len({loud[1], quiet[1], other[1]})


def test_a_plugin_with_digests_is_asked_with_its_settings(own):
    plugins = own(', digest="own_worker:digest"')
    options = RunOptions(settings={"plugins": {"own": {"volume": 11}}})
    assert ("quiet", "quiet 11") == model_of(target("quiet", "shout", plugins), options)


def test_a_digest_that_fails_is_told(own):
    with pytest.raises(PlanError, match="`shout` failed: it is broken"):
        model_of(target("broken", "shout", own(', digest="own_worker:digest"')), RunOptions())


# ── pins ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("digits", [12, 20, 64])
def test_a_pin_that_fits_is_taken_off_the_name(tmp_path, digits):
    folder = str(make(tmp_path / "model"))
    expected = digests.files_digest(folder)
    name, digest = model_of(target(f"{folder}@sha256:{expected[:digits]}"), RunOptions())
    assert (folder, expected) == (name, hex_of(digest))


def test_another_model_is_refused_with_both_digests(tmp_path):
    folder = make(tmp_path / "model")
    pinned = digests.files_digest(str(folder))
    (folder / "config.json").write_text(json.dumps({**CONFIG, "layer_norm_eps": 1e-5}))
    now = digests.files_digest(str(folder))
    for ask in (model_of, lambda t, o: pool_for(t, o, None)):
        with pytest.raises(PlanError) as refused:
            ask(target(f"{folder}@sha256:{pinned}"), RunOptions())
        assert (
            f"the model `{folder}` is not the pinned one: it is sha256:{now}, and sha256:{pinned} is asked for",
            f'if this one is meant, write model="{folder}@sha256:{now[:12]}"',
        ) == (refused.value.message, refused.value.hint)


@pytest.mark.parametrize("pin", ["", "abc", "0123456789a", "XYZ" * 5, "a" * 65])
def test_what_is_no_digest_pins_nothing(tmp_path, pin):
    with pytest.raises(PlanError, match="is pinned by what is no digest"):
        model_of(target(f"{make(tmp_path / 'model')}@sha256:{pin}"), RunOptions())


def test_pins_of_the_user_count_too(tmp_path):
    folder = str(make(tmp_path / "model"))
    with pytest.raises(PlanError, match="is not the pinned one"):
        model_of(target(), RunOptions(models={"": f"{folder}@sha256:{'0' * 12}"}))


def test_a_plugin_without_digests_cannot_be_pinned(own):
    with pytest.raises(PlanError, match="cannot be pinned: the plugin `own` tells no digest"):
        model_of(target(f"loud@sha256:{'ab' * 6}", "shout", own()), RunOptions())


def test_a_pinned_model_answers_under_its_name(own):
    plugins = own(', digest="own_worker:digest"')
    shout = plugins.bind_name("own", "shout", Run(RunOptions()))
    assert "loud HELLO" == shout("hello", model=f"loud@sha256:{'ab' * 6}")
    plugins.close()


def test_a_model_on_the_machines_of_a_cluster_is_known_by_its_name():
    options = RunOptions(on="ray://somewhere:1")
    assert ("org/nothing", "model org/nothing") == model_of(target("org/nothing"), options)
    with pytest.raises(PlanError, match="there is no model"):
        model_of(target(f"org/nothing@sha256:{'ab' * 6}"), options)


def test_a_missing_library_is_told_as_by_the_worker(tmp_path, monkeypatch):
    folder = make(tmp_path / "model")
    monkeypatch.setattr(digests.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(Failure, match="it needs the Python package `torch`, which is not installed"):
        digests.digest(str(folder), {})
