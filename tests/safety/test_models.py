"""Models from strangers: hostile folders and files are refused before anything is loaded, quickly, in plain words.

Times are those of the processor: a busy machine is no failure.
"""

import json
import subprocess
import sys
import time

import pytest
from model_folders import CONFIG, gguf, header, make, safetensors, shapes

from planlang.plugins import Failure
from planlang.plugins.nlp import models, templates, vetting

from .hostile_models import HOSTILE, TITLES


@pytest.mark.parametrize(("title", "change", "complaint"), HOSTILE, ids=TITLES)
def test_it_is_refused_quickly_with_file_and_reason(tmp_path, monkeypatch, title, change, complaint):
    monkeypatch.chdir(tmp_path)
    folder = make(tmp_path / "model")
    name = change(folder) or str(folder)
    began = time.thread_time()
    with pytest.raises(Failure) as refused:
        models.locate(str(name), tmp_path / "cache")
    assert complaint in refused.value.message
    assert time.thread_time() - began < 30
    assert not (tmp_path / "pickled").exists()
    assert not (tmp_path / "cache").exists()


def test_there_are_enough_of_them():
    assert (True, len(TITLES)) == (len(TITLES) >= 100, len(set(TITLES)))


def test_all_is_looked_through_without_the_libraries_that_load(tmp_path):
    make(tmp_path / "model")
    code = (
        "import sys; from pathlib import Path; from planlang.plugins.nlp import models, digests;"
        "folder = models.locate(sys.argv[1], Path(sys.argv[1])); digests.digest(sys.argv[1], {});"
        "print(sorted({'torch', 'transformers', 'safetensors', 'tokenizers'} & set(sys.modules)))"
    )
    words = [sys.executable, "-P", "-c", code, str(tmp_path / "model")]
    assert "[]\n" == subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


def test_good_models_pass(tmp_path):
    folder = make(tmp_path / "model")
    assert folder == models.locate(str(folder), tmp_path)
    packaged = models.locate("all-MiniLM-L6-v2", tmp_path)
    vetting.vet_folder(packaged, "all-MiniLM-L6-v2")
    (tmp_path / "m.gguf").write_bytes(gguf())
    vetting.vet_file(tmp_path / "m.gguf", "m.gguf")


def test_a_folder_of_the_hubs_own_cache_may_link_to_its_blobs(tmp_path):
    snapshot = make(tmp_path / "models--org--name" / "snapshots" / "abc")
    blobs = tmp_path / "models--org--name" / "blobs"
    blobs.mkdir()
    (snapshot / "model.safetensors").rename(blobs / "123")
    (snapshot / "model.safetensors").symlink_to("../../blobs/123")
    vetting.vet_folder(snapshot, "org/name")
    (snapshot / "vocab.txt").symlink_to("../../../../secret")
    with pytest.raises(Failure, match="a link to a place outside"):
        vetting.vet_folder(snapshot, "org/name")


def test_a_folder_that_changes_is_looked_through_again(tmp_path):
    folder = make(tmp_path / "model")
    vetting.vet_folder(folder, "m")
    (folder / "config.json").write_text(json.dumps({**CONFIG, "auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(Failure, match="asks to run code"):
        vetting.vet_folder(folder, "m")


# ── what only shows once the libraries have laid the model out ───────────────────────────────────────────────────────


@pytest.mark.models
@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"intermediate_size": 65_000, "num_hidden_layers": 120}, "describes a model of"),
        ({"model_type": "no_such_model", "architectures": ["NoSuchModel"]}, "cannot be loaded"),
        ({"num_attention_heads": 3}, "cannot be loaded"),
        ({"hidden_act": "__import__"}, "cannot be loaded"),
        ({"vocab_size": "many"}, "cannot be loaded"),
        ({"layer_norm_eps": []}, "cannot be loaded"),
        ({"intermediate_size": 32}, "cannot be loaded"),
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_told_before_memory_is_taken(tmp_path, changes, complaint):
    from transformers import AutoModel

    from planlang.plugins.nlp.loading import load_weights

    folder = make(tmp_path / "model")
    (folder / "config.json").write_text(json.dumps({**CONFIG, **changes}))
    found = models.locate(str(folder), tmp_path)
    began = time.thread_time()
    with pytest.raises(Failure, match=complaint):
        load_weights(AutoModel, found)
    assert time.thread_time() - began < 60


@pytest.mark.models
def test_the_tiny_model_answers(tmp_path):
    from planlang.plugins.nlp.encoding import text_encoder
    from planlang.plugins.nlp.loading import prepare

    prepare(1)
    folder = make(tmp_path / "model")
    assert (2, 8) == tuple(text_encoder(folder).encode(["a b c", "d"]).shape)


@pytest.mark.models
def test_a_tokenizer_that_the_library_cannot_read_is_told(tmp_path):
    from planlang.plugins.nlp.loading import load_tokenizer

    folder = make(tmp_path / "model")
    tokens = json.loads((folder / "tokenizer.json").read_text())
    tokens["pre_tokenizer"] = {"type": "NoSuchThing"}
    (folder / "tokenizer.json").write_text(json.dumps(tokens))
    with pytest.raises(Failure, match="cannot be loaded"):
        load_tokenizer(models.locate(str(folder), tmp_path))


# ── through the command ──────────────────────────────────────────────────────────────────────────────────────────────

THROUGH = ["code of the model", "a pickle alone", "hidden_size of 1,000,000,000,000", "a GGUF with 2^60 tensors",
           "JSON that nests deeply", "a pipe for weights"]  # fmt: skip


@pytest.mark.parametrize("title", THROUGH)
def test_a_plan_that_names_it_fails_with_the_reason(tmp_path, title):
    _, change, complaint = next(each for each in HOSTILE if each[0] == title)
    folder = make(tmp_path / "model")
    name = change(folder) or str(folder)
    (tmp_path / "a.plan").write_text(f'print(embed("text", model="{name}"))\n')
    words = [sys.executable, "-P", "-m", "planlang", "run", "a.plan"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (1, "", True, False) == (done.returncode, done.stdout, complaint in done.stderr, "Traceback" in done.stderr)


# ── chat templates ───────────────────────────────────────────────────────────────────────────────────────────────────

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
BOMBS = {
    "{% for i in range(10**9) %}x{% endfor %}": "it uses `**`",
    "{% for i in range(1000000000) %}x{% endfor %}": "Range too big",
    "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}": "200,000 steps",
    "{% set r = range(9000) %}{% for i in r %}{{ r|sum }}{% endfor %}": "200,000 steps",
    "{{ 'a' * 1000000000 }}": "too large",
    "{{ [0] * 1000000000 }}": "too large",
    "{{ '%1000000000d' % 1 }}": "it uses `%`",
    "{{ '{:1000000000}'.format(1) }}": "too large",
    "{{ '{:{w}}'.format(1, w=1000000000) }}": "too large",
    "{{ 'a'.ljust(1000000000) }}": "unsafe",
    "{{ 'a'|center(1000000000) }}": "center",
    "{{ 'a'|indent(1000000000) }}": "too large",
    "{{ 'aaaa'.replace('a', 'b' * 4000000) }}": "too large",
    "{{ 'aaaa'|replace('a', 'b' * 4000000) }}": "too large",
    "{{ ('x' * 2000000).join(range(90000)) }}": "too large",
    "{{ [1]|tojson(indent=1000000000) }}": "too large",
    "{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}": "too large",
    "{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}": "too large",
    "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}": "steps",
    "{% set n = namespace(s=1) %}{% for i in range(999) %}{% set n.s = [n.s] %}{% endfor %}": "nests too deeply",
    "{% set n = namespace(s='a') %}{% for i in range(99) %}{% set x %}{{ n.s }}{{ n.s }}{% endset %}{% set n.s = x %}"
    "{% endfor %}": "too large",
    "{% set n = namespace() %}{% set n.x = n %}{{ n }}": "namespace",
    "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}": "calls nest deeper",
    "{% for k in messages recursive %}{{ loop(messages) }}{% endfor %}": "calls nest deeper",
    "{% set x = 9223372036854775807 %}{{ x * x * x * x }}": "too large",
    "{{ lipsum(n=100000) }}": "undefined",
    "{{ ''.__class__.__mro__ }}": "unsafe",
    "{{ range.__init__.__globals__ }}": "unsafe",
    "{{ namespace.__init__.__globals__ }}": "unsafe",
    "{{ messages.append(1) }}": "unsafe",
    "{% include '/etc/passwd' %}": "no loader",
    "{% extends '/etc/passwd' %}": "no loader",
    "{{ raise_exception('roles must alternate') }}": "roles must alternate",
    "{{ messages[0].x.y }}": "no attribute",
    "{{ 1 / 0 }}": "division by zero",
}  # fmt: skip


@pytest.mark.parametrize(("template", "complaint"), BOMBS.items(), ids=range(len(BOMBS)))
def test_a_template_that_spends_too_much_is_stopped(template, complaint):
    began = time.thread_time()
    with pytest.raises(templates.TemplateError) as stopped:
        templates.render(template, MESSAGES, {})
    assert complaint in str(stopped.value)
    assert time.thread_time() - began < 30


def test_what_templates_really_use_works():
    template = (
        "{%- set ns = namespace(seen=false) -%}{{ bos_token }}{% for m in messages %}{% set ns.seen = true %}"
        "<{{ m['role'] | upper }}>{{ m.content | trim }}{% if not loop.last %},{% endif %}{% endfor %}"
        "{{ messages | map(attribute='role') | join('+') }}{{ '{} {}'.format(1, messages[1].content) }}"
        "{{ messages[1:] | length }}{{ {'a': [1, 'é']} | tojson }}{% generation %}!{% endgeneration %}"
        "{% if add_generation_prompt %}{{ 'a b'.split(' ') | last }}{% endif %}{{ tools is none }}{{ ns.seen }}"
    )
    expected = '<s><SYSTEM>Be brief.,<USER>Hello.system+user1 Hello.1{"a": [1, "é"]}!bTrueTrue'
    assert expected == templates.render(template, MESSAGES, {"bos_token": "<s>", "tools": None})


@pytest.mark.models
@pytest.mark.parametrize("messages", [MESSAGES, MESSAGES[1:], [{"role": "user", "content": "é\n" * 2000}]])
def test_a_real_template_gives_what_the_library_gives(messages):
    from transformers.utils.chat_template_utils import _compile_jinja_template

    template = (
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
        "{{ '<|im_start|>system\nYou are helpful.<|im_end|>\n' }}{% endif %}"
        "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    expected = _compile_jinja_template(template).render(messages=messages, add_generation_prompt=True)
    assert expected == templates.render(template, messages, {})


def test_a_file_in_several_parts_is_one_model(tmp_path):
    folder = make(tmp_path / "model")
    names = list(shapes())
    parts = [{n: shapes()[n] for n in names[:5]}, {n: shapes()[n] for n in names[5:]}]
    (folder / "model.safetensors").unlink()
    for i, part in enumerate(parts):
        (folder / f"model-0000{i + 1}-of-00002.safetensors").write_bytes(safetensors(header(part)))
    where = {n: f"model-0000{i + 1}-of-00002.safetensors" for i, part in enumerate(parts) for n in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))
    assert folder == models.locate(str(folder), tmp_path)
