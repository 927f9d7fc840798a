"""Models that nobody should load: what each changes in a folder that works, and what the refusal says."""

# ruff: noqa: E501 - a table reads best with one row for each entry

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from model_folders import TOKENIZER, gguf, header, safetensors, shapes, text

Hostile = tuple[str, Callable[[Path], object], str]
"""What it is, the change of a folder that works (gives the name to load, or None for the folder), the complaint."""

HOSTILE: list[Hostile] = []


def hostile(title: str, complaint: str) -> Callable:
    """Note a change of a folder."""

    def note(change: Callable[[Path], object]) -> Callable:
        HOSTILE.append((title, change, complaint))
        return change

    return note


def edit(file: str, **changes) -> Callable[[Path], None]:
    """Set these keys of a JSON file."""

    def change(folder: Path) -> None:
        path = folder / file
        found = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**found, **changes}))

    return change


def write(file: str, data: bytes | str) -> Callable[[Path], None]:
    """Put `data` into a file."""
    return lambda folder: (folder / file).write_bytes(data if isinstance(data, bytes) else data.encode()) and None


def tokenizer(**changes) -> Callable[[Path], None]:
    """Change the tokenizer."""
    return write("tokenizer.json", json.dumps({**TOKENIZER, **changes}))


def pattern(regex: str) -> dict:
    """A part that splits texts by `regex`."""
    split = {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    return {"type": "Sequence", "pretokenizers": [split]}


def without_weights(name: str, data: bytes) -> Callable[[Path], None]:
    """A folder with other weights than safetensors."""

    def change(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / name).write_bytes(data)

    return change


def a_file(name: str, data: bytes) -> Callable[[Path], str]:
    """A file that is named as the model itself."""

    def change(folder: Path) -> str:
        (folder / name).write_bytes(data)
        return str(folder / name)

    return change


def link(name: str, target: str) -> Callable[[Path], None]:
    """A link in the place of a file."""

    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


def fifo(name: str) -> Callable[[Path], None]:
    """A pipe that gives nothing in the place of a file."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return change


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch pickled",)


PICKLE = pickle.dumps(Evil())
DEEP = "[" * 100_000 + "]" * 100_000
FIRST = next(iter(header()))


def entries(**changes) -> dict:
    """The header with changes of its first tensor."""
    found = header()
    found[FIRST] = {**found[FIRST], **changes}
    return found


CODE = {"AutoModel": "modeling_evil.EvilModel"}
SIZES = {
    "hidden_size": 10**12,
    "num_hidden_layers": 10**9,
    "num_attention_heads": 10**10,
    "intermediate_size": 10**15,
    "vocab_size": 30_522,
    "max_position_embeddings": 10**13,
    "type_vocab_size": 10**9,
    "num_experts": 10**6,
    "some_new_thing": 10**9,
}
CHANGES: list[Hostile] = [
    *((f"{key} of {value:,}", edit("config.json", **{key: value}), f"`{key}` in config.json is {value:,}, and the weights")
      for key, value in SIZES.items()),
    ("sizes in a part of the config", edit("config.json", text_config={"num_hidden_layers": 10**9}), "`num_hidden_layers`"),
    ("sizes in a list", edit("config.json", decoder_layers=[10**9]), "`decoder_layers`"),
    ("a number of 4,000 digits", write("config.json", '{"hidden_size": ' + "9" * 4000 + "}"), "a number of 4,000 digits"),
    ("a number of 5,000,000 digits", write("config.json", '{"hidden_size": ' + "9" * 5_000_000 + "}"), "a number of 5,000,000 digits"),
    ("a negative size", edit("config.json", hidden_size=-8), "is negative"),
    ("no heads", edit("config.json", num_attention_heads=0), "is 0"),
    ("JSON that nests deeply", write("config.json", '{"a": ' + DEEP + "}"), "config.json nests deeper than"),
    ("a list for an object", write("config.json", "[]"), "does not hold an object"),
    ("no JSON", write("config.json", "hidden_size = 8"), "is no JSON text"),
    ("no text", write("config.json", b"\xff\xfe\x00"), "is no JSON text"),
    ("a key twice", write("config.json", '{"hidden_size": 8, "hidden_size": 9}'), "says `hidden_size` twice"),
    ("a config of 9 MB", write("config.json", '{"a": "' + "x" * 9_000_000 + '"}'), "are the most that make sense"),
    ("a model type that is a path", edit("config.json", model_type="../../evil"), "`model_type` in config.json is no name"),
    ("a model type that is a list", edit("config.json", model_type=["bert"]), "`model_type` in config.json is no name"),
    ("architectures that are no names", edit("config.json", architectures=["os.system"]), "`architectures`"),
    ("code of the model", edit("config.json", auto_map=CODE), "asks to run code that comes with the model (`auto_map`)"),
    ("code in a part", edit("config.json", text_config={"auto_map": CODE}), "(`auto_map`)"),
    ("custom pipelines", edit("config.json", custom_pipelines={"x": {"impl": "evil.Pipe"}}), "(`custom_pipelines`)"),
    ("trust", edit("config.json", trust_remote_code=True), "(`trust_remote_code`)"),
    ("own generation", edit("generation_config.json", custom_generate="evil/generate"), "(`custom_generate`)"),
    ("quantised weights", edit("config.json", quantization_config={"quant_method": "gptq"}), "GGUF form"),
    ("attention from the hub", edit("config.json", attn_implementation="evil/kernel"), "asks for code from elsewhere"),
    ("attention from the hub, hidden", edit("config.json", _attn_implementation={"": "evil/kernel"}), "from elsewhere"),
    ("experts from the hub", edit("config.json", _experts_implementation="evil/kernel"), "from elsewhere"),
    ("a number type that is none", edit("config.json", dtype="load"), "`dtype` in config.json is no type"),
    ("an adapter", write("adapter_config.json", '{"base_model_name_or_path": "evil/base"}'), "an adapter to another"),
    ("an adapter in the config", edit("config.json", base_model_name_or_path="evil/base"), "of an adapter"),
    ("pooling with code", lambda f: ((f / "1_Pooling").mkdir(), edit("1_Pooling/config.json", auto_map=CODE)(f))[1],
     "(`auto_map`)"),
    # weights
    ("a pickle alone", without_weights("pytorch_model.bin", PICKLE), "no weights in safetensors form but pytorch_model.bin"),
    ("a checkpoint alone", without_weights("model.ckpt", PICKLE), "no weights in safetensors form but model.ckpt"),
    ("a .pt alone", without_weights("model.pt", PICKLE), "no weights in safetensors form but model.pt"),
    ("no weights", lambda f: (f / "model.safetensors").unlink(), "has no weights in safetensors form"),
    ("a pickle as safetensors", write("model.safetensors", PICKLE), "an archive or a pickle"),
    ("an archive as safetensors", write("model.safetensors", b"PK\x03\x04" + bytes(100)), "an archive or a pickle"),
    ("an empty file", write("model.safetensors", b""), "the header of model.safetensors is said to have"),
    ("a header that is too long", write("model.safetensors", safetensors(header(), length=1 << 40)), "is said to have"),
    ("a header of 2^64", write("model.safetensors", safetensors(header(), length=(1 << 64) - 1)), "is said to have"),
    ("a header that is too short", write("model.safetensors", safetensors(header(), length=40)), "is no JSON text"),
    ("a deep header", write("model.safetensors", safetensors('{"a": ' + DEEP + "}", 0)), "nests deeper"),
    ("a tensor twice", write("model.safetensors", safetensors('{"a": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}, '
     '"a": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)), "says `a` twice"),
    ("offsets out of range", write("model.safetensors", safetensors(header(), size=100)), "and the file has 100"),
    ("overlapping tensors", write("model.safetensors", safetensors({n: {**e, "data_offsets": [0, e["data_offsets"][1] -
     e["data_offsets"][0]]} for n, e in header().items()})), "overlap"),
    ("a gap", write("model.safetensors", safetensors(entries(data_offsets=[4, 516]))), "overlap, or leave a gap"),
    ("offsets backwards", write("model.safetensors", safetensors(entries(data_offsets=[512, 0]), 9000)), "does not fit"),
    ("a huge shape", write("model.safetensors", safetensors(entries(shape=[10**9, 10**9]))), "does not fit its shape"),
    ("a shape that wraps around", write("model.safetensors", safetensors(entries(shape=[1 << 61, 8]))), "does not fit"),
    ("a negative shape", write("model.safetensors", safetensors(entries(shape=[-16, -8]))), "in no known form"),
    ("a shape of words", write("model.safetensors", safetensors(entries(shape="16x8"))), "in no known form"),
    ("an unknown type", write("model.safetensors", safetensors(entries(dtype="O"))), "in no known form"),
    ("bytes behind the end", write("model.safetensors", safetensors(header()) + b"MZ evil"), "and the file has"),
    ("an index that leads out", edit("model.safetensors.index.json", weight_map={"a": "../../other.safetensors"}),
     "is no safetensors file beside it"),
    ("an index to a pickle", edit("model.safetensors.index.json", weight_map={"a": "pytorch_model.bin"}), "beside it"),
    ("an index that is none", edit("model.safetensors.index.json", weight_map=[1]), "has no weight_map"),
    # places
    ("a config that is a link", link("config.json", "/etc/passwd"), "config.json is a link to a place outside"),
    ("weights that are a link", link("model.safetensors", "/dev/zero"), "is a link to a place outside"),
    ("a tokenizer that is a link", link("tokenizer.json", "../../../etc/passwd"), "tokenizer.json is a link to"),
    ("a link to nothing", link("vocab.txt", "nothing"), "vocab.txt is a link to nothing"),
    ("a link to itself", link("vocab.txt", "vocab.txt"), "vocab.txt is a link to nothing"),
    ("a pipe for weights", fifo("model.safetensors"), "model.safetensors is no ordinary file"),
    ("a pipe for a config", fifo("config.json"), "config.json is no ordinary file"),
    ("a folder for a file", lambda f: ((f / "tokenizer.json").unlink(), (f / "tokenizer.json").mkdir())[1],
     "tokenizer.json is no ordinary file"),
    ("too many files", lambda f: [(f / f"x{i}").touch() for i in range(5001)] and None, "holds more than 5,000 files"),
    # tokenizers
    ("a tokenizer that nests deeply", write("tokenizer.json", '{"model": ' + DEEP + "}"), "tokenizer.json nests deeper"),
    ("a tokenizer without a model", tokenizer(model=None), "holds no tokenizer of a known kind"),
    ("a tokenizer of another kind", tokenizer(model={"type": "Python", "vocab": {}}), "holds no tokenizer of a known"),
    ("a vocabulary beyond the weights", tokenizer(model={**TOKENIZER["model"], "vocab": {f"w{i}": i for i in range(99)}}),
     "has 99 tokens, and the weights have no more than 32 rows"),
    ("a token with a huge number", tokenizer(added_tokens=[{**TOKENIZER["added_tokens"][0], "id": 10**12}]), "added tokens"),
    ("added tokens that are none", tokenizer(added_tokens="[PAD]"), "the added tokens in tokenizer.json"),
    ("padding to 10^12", tokenizer(padding={"strategy": {"Fixed": 10**12}}), "`Fixed` of `padding`"),
    ("repeats inside repeats", tokenizer(pre_tokenizer=pattern("(a+)+$")), "may take for ever: repeats inside repeats"),
    ("repeats in an alternative", tokenizer(normalizer=pattern("(?:x|a*)*b")), "may take for ever"),
    ("many repeats", tokenizer(pre_tokenizer=pattern("a*a*a*a*a*a*b")), "many repeats in a row"),
    ("a reference backwards", tokenizer(pre_tokenizer=pattern(r"(\w+) \1")), "a reference backwards"),
    ("chance", tokenizer(model={**TOKENIZER["model"], "dropout": 0.1}), "by chance"),
    ("a tokenizer with code", edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Tok", None]}), "(`auto_map`)"),
    ("a class that is a path", edit("tokenizer_config.json", tokenizer_class="evil--repo.Tok"), "`tokenizer_class`"),
    ("a length that is none", edit("tokenizer_config.json", model_max_length="long"), "`model_max_length`"),
    ("a vocabulary elsewhere", edit("tokenizer_config.json", vocab_file="/etc/passwd"), "names a file outside"),
    ("files elsewhere", edit("tokenizer_config.json", fast_tokenizer_files=["../x/tokenizer.5.0.json"]), "a file outside"),
    ("an added token beyond all", edit("added_tokens.json", x=10**10), "numbers a token 10000000000"),
    ("tokens decoded", edit("tokenizer_config.json", added_tokens_decoder={"9" * 30: {"content": "x"}}), "numbers a token"),
    # templates
    ("a template that is no text", edit("tokenizer_config.json", chat_template=7), "it is no text"),
    ("a template that is none", edit("tokenizer_config.json", chat_template="{% for %}"), "cannot be used"),
    ("a template that nests", write("chat_template.jinja", "{% if 1 %}" * 3000 + "{% endif %}" * 3000), "nests too deeply"),
    ("brackets that nest", write("chat_template.jinja", "{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}"), "cannot be used"),
    ("a sum of 20,000", write("chat_template.jinja", "{{ 1" + "+1" * 20_000 + " }}"), "nests too deeply"),
    ("a template of 1 MB", write("chat_template.jinja", "x" * 1_000_000), "it has 1,000,000 characters"),
    ("a list of templates", edit("tokenizer_config.json", chat_template=[{"name": "x", "template": "{% if %}"}]), "cannot be"),
    ("a template of its own", lambda f: ((f / "additional_chat_templates").mkdir(),
     (f / "additional_chat_templates" / "x.jinja").write_text("{{ "))[0], "cannot be used"),
    # files named as models
    ("a pickle by name", a_file("model.bin", PICKLE), "a file of a form that can hold a pickle"),
    ("an archive by name", a_file("model.zip", b"PK\x03\x04"), "is an archive"),
    ("weights by name", lambda f: str(f / "model.safetensors"), "is a file"),
    ("an empty GGUF", a_file("m.gguf", b""), "not in GGUF form"),
    ("another GGUF", a_file("m.gguf", gguf(magic=b"GGML")), "not in GGUF form"),
    ("a future GGUF", a_file("m.gguf", gguf(version=9)), "it is of version 9"),
    ("a GGUF with 2^60 tensors", a_file("m.gguf", gguf(counts=(1 << 60, 1))), "there are said to be"),
    ("a GGUF with 2^60 settings", a_file("m.gguf", gguf(counts=(1, 1 << 60))), "there are said to be"),
    ("a GGUF text of 2^60", a_file("m.gguf", gguf({"a": (8, struct.pack("<Q", 1 << 60))})), "is said to take"),
    ("a GGUF list of 2^60", a_file("m.gguf", gguf({"a": (9, struct.pack("<IQ", 4, 1 << 60))})), "elements of `a`"),
    ("a GGUF list of lists", a_file("m.gguf", gguf({"a": (9, struct.pack("<IQ", 9, 1) + bytes(20))})), "of no known type"),
    ("a GGUF setting of no type", a_file("m.gguf", gguf({"a": (77, b"")})), "of no known type"),
    ("a GGUF shape of 2^63", a_file("m.gguf", gguf(tensors=[("t", [1 << 63], 0, 0)])), "its tensors take"),
    ("a GGUF that wraps around", a_file("m.gguf", gguf(tensors=[("t", [1 << 32, 1 << 32, 2], 0, 0)])), "its tensors take"),
    ("a GGUF offset", a_file("m.gguf", gguf(tensors=[("t", [8], 0, 1 << 40)])), "its tensors take"),
    ("a GGUF of many dimensions", a_file("m.gguf", gguf(tensors=[("t", [1] * 9, 0, 0)])), "has 9 dimensions"),
    ("a GGUF type of none", a_file("m.gguf", gguf(tensors=[("t", [8], 999, 0)])), "of no known type"),
    ("a GGUF tensor twice", a_file("m.gguf", gguf(tensors=[("t", [8], 0, 0)] * 2)), "two tensors `t`"),
    ("a GGUF with 10^9 layers", a_file("m.gguf", gguf({"llama.block_count": (4, struct.pack("<I", 10**9))})), "block_count"),
    ("a GGUF that is too wide", a_file("m.gguf", gguf({"llama.embedding_length": (4, struct.pack("<I", 10**9))})),
     "embedding_length"),
    ("a GGUF alignment", a_file("m.gguf", gguf({"general.alignment": (4, struct.pack("<I", 0))})), "its alignment"),
    ("a GGUF template", a_file("m.gguf", gguf({"tokenizer.chat_template": (8, text("{% if %}"))})), "its chat template"),
    ("a GGUF cut short", a_file("m.gguf", gguf(room=0)[:50]), "m.gguf:"),
    ("a pipe as GGUF", lambda f: (os.mkfifo(f / "m.gguf"), str(f / "m.gguf"))[1], "there is no model"),
]  # fmt: skip
HOSTILE += CHANGES


@hostile("more than the machine has", "GB of memory, and this machine has")
def too_large(folder: Path) -> None:
    """A file with holes: it says that it is large, takes no room on the disk, and is as large as it says."""
    found = header({**shapes(), "vast": [1 << 20, 1 << 20]})
    data = safetensors(found, 0)
    with (folder / "model.safetensors").open("wb") as file:
        file.write(data)
        file.truncate(len(data) + found["vast"]["data_offsets"][1])


@hostile("an archive inside", "no weights in safetensors form")
def archive_inside(folder: Path) -> None:
    """Weights in an archive."""
    (folder / "model.safetensors").unlink()
    with zipfile.ZipFile(folder / "model.zip", "w") as archive:
        archive.writestr("../../evil.safetensors", b"x")


@hostile("settings that are a link", "is a link to a place outside")
def generation_link(folder: Path) -> None:
    """The settings of generation lead out."""
    (folder / "generation_config.json").symlink_to("/proc/self/environ")


TITLES = [title for title, _, _ in HOSTILE]
