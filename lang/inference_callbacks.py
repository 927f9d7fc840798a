"""Functions written in place as arguments: they are called with what the other arguments say."""

from __future__ import annotations

from . import tree
from .generics import Bindings, bind, substitute, variables_in
from .inference_misfits import MisfitInference
from .signatures import Signature, SignatureParameter
from .types import ANY, FunctionType, NeverType, Type
from .typing import NO, described, fits, members

MOST_LOOKS = 3
"""How often a function argument is looked at until the types it is called with stay the same."""


class CallbackInference(MisfitInference):
    """Function arguments of library functions."""

    looks: int = 0
    """How many function arguments with several looks are open; nested ones are looked at once."""

    def function_argument(
        self, signature: Signature, param: SignatureParameter, node: tree.Lambda, bindings: Bindings
    ) -> None:
        """A function written in place: it is called with what the other arguments say.

        Where what it gives is also what it takes (`reduce`), it is looked at until that stays the same.
        """
        what = f"`{param.name}` of `{signature.name}` takes"
        wanted = next((m for m in members(param.type) if isinstance(m, FunctionType)), None)
        if wanted is None or wanted.params is None:
            self.report_misfit(node, self.infer(node), substitute(param.type, {}), what)
            return
        if not self._takes(node, len(wanted.params), what):
            self.infer(node)
            return
        feedback = variables_in(wanted.result) & {v for p in wanted.params for v in variables_in(p)}
        if feedback and self.looks:
            bindings.update(dict.fromkeys(feedback, ANY))
        self.looks += bool(feedback)
        of = self._look(node, wanted, bindings, signature)
        for _ in range(MOST_LOOKS if feedback else 0):
            before = {name: bindings.get(name) for name in feedback}
            bind(wanted.result, of.result, bindings)
            if before == {name: bindings.get(name) for name in feedback}:
                break
            of = self._look(node, wanted, bindings, signature)
        else:
            bindings.update(dict.fromkeys(feedback, ANY))
            of = self._look(node, wanted, bindings, signature) if feedback else of
        self.looks -= bool(feedback)
        bind(wanted.result, of.result, bindings)
        self.record(node, of)
        self._check_result(node, of, substitute(wanted.result, {}, ANY), what)

    def _look(self, node: tree.Lambda, wanted: FunctionType, bindings: Bindings, signature: Signature) -> FunctionType:
        """The type of a function written in place, called as the signature says. Plugins may call with anything."""
        params = wanted.params or ()
        if signature.plugin is not None:
            return self.infer_function(node, (ANY,) * len(params))
        given = tuple(_known(substitute(p, bindings, ANY)) for p in params)
        return self.infer_function(node, given)

    def _takes(self, node: tree.Lambda, count: int, what: str) -> bool:
        needed = sum(1 for p in node.params if p.default is None)
        if needed <= count <= len(node.params):
            return True
        takes = f"{len(node.params)} parameters" if len(node.params) != 1 else "one parameter"
        wanted = "one parameter" if count == 1 else f"{count} parameters"
        hint = "it is called with one element at a time: take a pair apart inside, `fn(p) => p[0] + p[1]`"
        self.findings.error(
            "PL0302",
            tree.Span(node.span.start, node.params[-1].span.end if node.params else node.span.end),
            f"{what} a function of {wanted}, but this one has {takes}",
            hint if count == 1 else "",
        )
        return False

    def _check_result(self, node: tree.Lambda, of: FunctionType, wanted: Type, what: str) -> None:
        if fits(of.result, wanted) is NO:
            where = node.body if not isinstance(node.body, tree.Block) else node
            self.findings.error(
                "PL0302",
                where.span,
                f"{what} a function that gives {described(wanted)}, but this one gives {described(of.result)}",
                "",
            )


def _known(of: Type) -> Type:
    """What a function may be told of an element of a list of which nothing is known yet."""
    return ANY if isinstance(of, NeverType) else of
