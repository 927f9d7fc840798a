"""What plugin authors write above their functions: `@function`, `@worker`, and marks on arguments that need a right."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from planlang.lang.signatures import Effect

EFFECTS = {"pure": Effect.PURE, "observation": Effect.OBSERVATION, "change": Effect.CHANGE}

ATTRIBUTE = "__planlang__"

DigestFunction = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Right:
    """A mark on an argument: it names what the plan needs a permission for."""

    kind: str


ReadPath = Right("read")
"""`Annotated[str, ReadPath]`: a path that is read; the function gets it resolved, once the plan may read it."""
WritePath = Right("write")
"""`Annotated[str, WritePath]`: a path that is written."""
Host = Right("net")
"""`Annotated[str, Host]`: a URL, or `host` or `host:port`, that is reached."""
EnvName = Right("env")
"""`Annotated[str, EnvName]`: the name of an environment variable that is read."""


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """A function that runs in the interpreter's process."""

    function: Callable[..., Any]
    name: str
    effect: Effect
    hosts: tuple[str, ...] = ()
    writes: Callable[[], Path] | None = None
    """Gives the folder of this program's own that every call writes to."""


@dataclass(frozen=True, slots=True)
class WorkerDeclaration:
    """A function that a worker answers.

    signature: the Python function or method whose annotations and documentation are those of the plan's function.
    target: "package.module:Class" or "package.module:Class.method"; the class is imported at the first call.
    """

    signature: Callable[..., Any]
    name: str
    target: str | type
    model: str
    hosts: tuple[str, ...] = ()
    sampled: bool | str = False
    """Whether the answer depends on the seed; with a name, where that argument is true or above 0."""
    digest: str | DigestFunction | None = None
    """What identifies a model: "package.module:function", or the function."""
    direct: str | Callable[..., Any] | None = None
    """What answers or prepares calls in the plan's process, named in the same way: see `direct.py`."""
    model_argument: str | None = None
    """The parameter that names the model, in the place of `model=`."""

    @property
    def method(self) -> str:
        """The method that answers batches."""
        return self.target.partition(":")[2].partition(".")[2] or "run" if isinstance(self.target, str) else "run"

    @property
    def class_name(self) -> str:
        """Which class it is, in a text that is the same for all functions that it answers."""
        if isinstance(self.target, str):
            module, _, member = self.target.partition(":")
            return f"{module}:{member.partition('.')[0]}"
        return f"{self.target.__module__}:{self.target.__qualname__}"

    def create(self) -> Any:
        """An instance of the class, which is imported now if it was not."""
        return self.target() if not isinstance(self.target, str) else named(self.class_name)()

    def digest_of(self, version: str, model: str, settings: Mapping[str, Any]) -> str:
        """What identifies `model` and all else that shapes its answers; `version` is that of the plugin.

        Raises what the plugin's own function raises.
        """
        return digest_text(self.digest, self.class_name, version, model, settings)


def named(path: str) -> Any:
    """What `package.module:name` names, imported now."""
    module, _, member = path.partition(":")
    return getattr(importlib.import_module(module), member)


def digest_text(
    digest: str | DigestFunction | None, class_name: str, version: str, model: str, settings: Mapping[str, Any]
) -> str:
    """What identifies `model`: what `digest` says, or name, version, settings and the code of the worker's module."""
    if digest is None:
        code = _code_digest(class_name.partition(":")[0])
        chosen = f"settings {_short(repr(sorted(settings.items())).encode())}" if settings else ""
        parts = (f"model {model}", f"version {version}" if version else "", code, chosen)
        return ", ".join(part for part in parts if part)
    return (named(digest) if isinstance(digest, str) else digest)(model, settings)


def _code_digest(module: str) -> str:
    """The beginning of the digest of a module's source file, found without importing it; "" where there is none."""
    try:
        spec = importlib.util.find_spec(module)
        source = Path(spec.origin).read_bytes() if spec and spec.origin else b""
    except (ImportError, ValueError, OSError):
        source = b""
    return f"code {_short(source)}" if source else ""


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


Declaration = FunctionDeclaration | WorkerDeclaration


def function(
    declared: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    effect: Literal["pure", "observation", "change"] = "pure",
    hosts: tuple[str, ...] = (),
    writes: Callable[[], Path] | None = None,
) -> Any:
    """Declare a function of plans. Its annotations are its signature, its docstring is its documentation.

    effect: "pure" (same answer for the same arguments, nothing seen or touched), "observation" (looks at the world),
        "change" (changes it). A plan's changes happen in program order.
    hosts: hosts that every call reaches; the plan needs permission for them.
    writes: gives a folder of this program's own that every call writes to; the plan needs permission for it.
    """

    def declare(declared: Callable[..., Any]) -> Callable[..., Any]:
        if effect not in EFFECTS:
            raise ValueError(f"the effect of {declared.__name__} must be pure, observation or change, not {effect}")
        spec = FunctionDeclaration(declared, name or declared.__name__, EFFECTS[effect], tuple(hosts), writes)
        setattr(declared, ATTRIBUTE, spec)
        return declared

    return declare if declared is None else declare(declared)


def worker(  # noqa: PLR0913 - each says one thing about a model call
    target: str | None = None,
    *,
    name: str | None = None,
    model: str = "",
    hosts: tuple[str, ...] = (),
    sampled: bool | str = False,
    digest: str | DigestFunction | None = None,
    direct: str | Callable[..., Any] | None = None,
    model_argument: str | None = None,
) -> Callable[[Any], Any]:
    """Declare a model call: a function that a worker answers in batches.

    Above a function, `target` names the class ("package.module:Class") or one of its methods
    ("package.module:Class.method"); it is imported at the first call, so that the signature stays readable without
    what the class imports. The function's own body is never run. Above a class, its method `call` is the signature.

    model: the model that the worker loads where neither the plan nor its user names one.
    hosts: hosts that every call reaches; the plan needs permission for them.
    digest: "package.module:function", or the function itself: `digest(model, settings)` gives a text that identifies
        the model of this name and all else that shapes its answers. It is asked before the model is loaded, so it must
        be light. Where it begins with "sha256:" and hex digits, plans can pin them: `model="name@sha256:…"`. Without
        it, a model is known by its name, the plugin's version and settings, and the code of the worker's module.
    sampled: whether the answer is drawn with `item.seed`; with the name of an argument, where that is true or above 0.
        Calls that are not sampled get the seed 0, and equal ones in flight are one call.
    direct: "package.module:function", or the function itself, which must be light: `direct(arguments, model)` is asked
        first, in the plan's process. It gives the answer where it needs no model, `NotImplemented` where the worker is
        to be asked as ever, or an `Ask`: other arguments for the worker, and what makes the answer of its answer.
        `model()` gives name and digest of the model that would be asked.
    model_argument: the parameter that names the model, in the place of `model=`: a text, a value of the type `model`,
        or None for the default. The worker gets it as `context.model`, not among the arguments.
    """

    def declare(declared: Any) -> Any:
        further = (model, tuple(hosts), sampled, digest, direct, model_argument)
        if inspect.isclass(declared):
            signature = getattr(declared, "call", None)
            if signature is None:
                raise ValueError(f"the worker class {declared.__name__} needs a method `call` that is its signature")
            own = name or declared.__name__.lower()
            spec = WorkerDeclaration(signature, own, target or declared, *further)
        elif target is None or ":" not in target:
            raise ValueError(f'the worker of {declared.__name__} must be named as "package.module:Class"')
        else:
            own = name or declared.__name__
            spec = WorkerDeclaration(declared, own, target, *further)
        setattr(declared, ATTRIBUTE, spec)
        return declared

    return declare
