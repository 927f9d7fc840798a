"""Types of calls: of functions of files, of the library, of values; and of the methods that change their place."""

from __future__ import annotations

from . import tree
from .arguments import Given, Matched, Matcher
from .checked import ChangingMethod, LibraryFunction, LocalFunction, ModuleFunction, ModuleSymbol, Symbol, Variable
from .generics import Bindings, bind, substitute, variables_in
from .inference_expressions import ExpressionInference, widen_part
from .joining import element_of, join
from .library import ABSENT
from .parts import Key, items_of, target_of, with_part
from .signatures import Signature, SignatureParameter
from .suggestions import closest
from .types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NEVER,
    NONE,
    STR,
    AnyType,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    NeverType,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
    union,
)
from .typing import NO, base, described, display, expand, fits, has_none, members, trusted, unite

MOST_LOOKS = 3
"""How often a function argument is looked at until the types it is called with stay the same."""


class CallInference(ExpressionInference):
    """Calls."""

    looks = 0
    """How many function arguments with several looks are open; nested ones are looked at once."""

    # --- What is called ----------------------------------------------------------------------------------

    def call(self, node: tree.Call, expected: Type | None) -> Type:
        """`function(arguments)`."""
        function = node.function
        symbol = self.symbol(function)
        name = function.id if isinstance(function, tree.Name) else self.text(function)
        if isinstance(symbol, (LocalFunction, ModuleFunction, LibraryFunction)):
            self.record(function, self._symbol_type(symbol))
            return self._known(symbol, name, None, node.arguments, node, expected)
        of = self.infer(function)
        return self._value(of, name, node)

    def method_call(self, node: tree.MethodCall, expected: Type | None) -> Type:
        """`x.f(arguments)`."""
        symbol = self.symbol(node)
        if isinstance(symbol, ChangingMethod):
            return self._change(node)
        member = self.symbol(node.receiver) if isinstance(node.receiver, tree.Name) else None
        receiver = None if _is_module(member) else node.receiver
        if isinstance(symbol, (LocalFunction, ModuleFunction, LibraryFunction)):
            return self._known(symbol, node.method, receiver, node.arguments, node, expected)
        if receiver is not None:
            self.infer(receiver)
        elif symbol is not None:
            self._not_a_function(node.method_span, node.method, self.member(symbol))
        self._look_at(node.arguments)
        return ANY

    def _symbol_type(self, symbol: Symbol) -> Type:
        if isinstance(symbol, LocalFunction):
            return self.local_types.get(symbol, FunctionType(None, ANY))
        return self.member(symbol)

    def _look_at(self, arguments: tuple[tree.Argument, ...]) -> None:
        """Infer arguments of which nothing is wanted."""
        for argument in arguments:
            self.infer(argument.value)

    def _value(self, of: Type, name: str, node: tree.Call) -> Type:
        """A call of a function that is a value."""
        if has_none(of):
            self.may_be_none(node.function, of)
            self._look_at(node.arguments)
            return ANY
        functions = [m for m in members(of) if isinstance(m, FunctionType)]
        unknown = any(isinstance(m, (AnyType, NeverType, TypeVariable)) for m in members(of))
        if not functions and not unknown:
            self._not_a_function(node.function.span, name, of)
        if len(functions) != 1 or unknown or functions[0].params is None:
            self._look_at(node.arguments)
            return ANY if len(functions) != 1 or unknown else functions[0].result
        return self._value_call(functions[0], name, node)

    def _value_call(self, function: FunctionType, name: str, node: tree.Call) -> Type:
        params = function.params or ()
        if any(a.name is not None for a in node.arguments):
            self._look_at(node.arguments)
            return function.result
        if len(params) != len(node.arguments):
            self._look_at(node.arguments)
            self.findings.error(
                "PL0303",
                node.span,
                f"`{name}` takes {len(params)} arguments, but {len(node.arguments)} are given",
                f"it is a `{display(function)}`",
            )
            return function.result
        for argument, wanted in zip(node.arguments, params, strict=True):
            self.expect(argument.value, wanted, f"`{name}` takes")
        return function.result

    def _not_a_function(self, span: tree.Span, name: str, of: Type) -> None:
        hint = "only functions can be called"
        if isinstance(of, TypeOf):
            hint = f"to make one, write a dict: `{{…}}`; to check one, `validate(x, {name})`"
        elif isinstance(of, (ListType, TupleType, DictType, RecordType)):
            hint = f"write `{name}[…]` for an element"
        elif self.library.function(name) is not None:
            hint = f"this variable hides the function `{name}`: give it another name"
        self.findings.error("PL0311", span, f"`{name}` is {described(of)}, not a function", hint)

    # --- Functions that are known ------------------------------------------------------------------------

    def _known(
        self,
        symbol: LocalFunction | ModuleFunction | LibraryFunction,
        name: str,
        receiver: tree.Expression | None,
        arguments: tuple[tree.Argument, ...],
        node: tree.Call | tree.MethodCall,
        expected: Type | None,
    ) -> Type:
        if isinstance(symbol, LibraryFunction):
            return self._library(symbol.signature, receiver, arguments, node, expected)
        params = self.parameters(symbol)
        matched = Matcher(name, params, self.findings).match(receiver, arguments, _short(node))
        for given in matched.given:
            if given.param is None:
                self.infer(given.node)
            else:
                self.expect(given.node, given.param.type, f"`{given.param.name}` of `{name}` takes")
        if isinstance(symbol, LocalFunction):
            return self.local_types.get(symbol, FunctionType(None, ANY)).result
        return self.function_type(symbol).result

    def parameters(self, symbol: LocalFunction | ModuleFunction) -> tuple[SignatureParameter, ...]:
        """The parameters of a function of a file."""
        declared = symbol.module.declared if isinstance(symbol, ModuleFunction) else self.module.declared
        return tuple(
            SignatureParameter(
                param.name,
                declared.get(param.type, ANY) if param.type is not None else ANY,
                _default_text(param.default),
                param.description or "",
            )
            for param in symbol.node.params
        )

    def function_type(self, symbol: ModuleFunction) -> FunctionType:
        """The type of a function of this or an imported file, used as a value."""
        if symbol.module is not self.module:
            known = symbol.module.types.get(symbol.node)
            return known if isinstance(known, FunctionType) else FunctionType(None, ANY)
        result = self.result_of(symbol.node)
        params = self.parameters(symbol)
        if any(p.default is not None for p in params):
            return FunctionType(None, result)
        return FunctionType(tuple(p.type for p in params), result)

    # --- Functions of the library ------------------------------------------------------------------------

    def _library(
        self,
        signature: Signature,
        receiver: tree.Expression | None,
        arguments: tuple[tree.Argument, ...],
        node: tree.Call | tree.MethodCall,
        expected: Type | None,
    ) -> Type:
        if self._is_text_join(signature, receiver, arguments):
            return STR
        if self._is_list_append(signature, receiver, arguments):
            return ANY
        matched = Matcher(signature.name, signature.params, self.findings).match(receiver, arguments, _short(node))
        bindings: Bindings = {}
        later: list[Given] = []
        for given in matched.given:
            if given.param is None:
                self.infer(given.node)
            elif isinstance(given.node, tree.Lambda):
                later.append(given)
            else:
                self._argument(signature, given, bindings)
        for given in later:
            self._function_argument(signature, given, bindings)
        del expected
        return self._result(signature, matched, bindings)

    def _is_text_join(
        self, signature: Signature, receiver: tree.Expression | None, arguments: tuple[tree.Argument, ...]
    ) -> bool:
        """`", ".join(xs)` is Python's way round: say so and look no further."""
        if signature.name != "join" or signature.plugin or not isinstance(receiver, tree.Literal) or len(arguments) != 1:
            return False
        if not isinstance(receiver.value, str):
            return False
        xs = arguments[0].value
        self.infer(receiver)
        self.infer(xs)
        self.findings.error(
            "PL0302",
            receiver.span,
            "`join` takes the list first, then what stands between its elements",
            f"write `join({self.text(xs)}, {self.text(receiver)})`",
        )
        return True

    def _is_list_append(
        self, signature: Signature, receiver: tree.Expression | None, arguments: tuple[tree.Argument, ...]
    ) -> bool:
        """`xs.append(x)`: Python's word for `push`; `append` writes to a file here."""
        if signature.name != "append" or signature.plugin or receiver is None:
            return False
        of = self.infer(receiver)
        if not any(isinstance(m, (ListType, TupleType)) for m in members(of)):
            return False
        self._look_at(arguments)
        self.findings.error(
            "PL0204",
            tree.Span(receiver.span.end, arguments[-1].span.end if arguments else receiver.span.end + 7),
            "a list has no `append`",
            f"write `{self.text(receiver)}.push(…)`",
        )
        return True

    def _argument(self, signature: Signature, given: Given, bindings: Bindings) -> None:
        assert given.param is not None
        wanted = given.param.type
        name = signature.name
        what = f"`{given.param.name}` of `{name}` takes"
        if not variables_in(wanted):
            self.expect(given.node, wanted, what)
            return
        of = self.infer(given.node)
        shape = substitute(wanted, {}, ANY)
        self.report_misfit(given.node, of, shape, what)
        bind(wanted, of, bindings)

    def _function_argument(self, signature: Signature, given: Given, bindings: Bindings) -> None:
        """A function written in place: it is called with what the other arguments say.

        Where what it gives is also what it takes (`reduce`), it is looked at until that stays the same.
        """
        assert given.param is not None
        assert isinstance(given.node, tree.Lambda)
        node = given.node
        what = f"`{given.param.name}` of `{signature.name}` takes"
        wanted = next((m for m in members(given.param.type) if isinstance(m, FunctionType)), None)
        if wanted is None or wanted.params is None:
            self.report_misfit(node, self.infer(node), substitute(given.param.type, {}), what)
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
        self.findings.error(
            "PL0302",
            tree.Span(node.span.start, node.params[-1].span.end if node.params else node.span.end),
            f"{what} a function of {count if count != 1 else 'one'} {'parameter' if count == 1 else 'parameters'}, "
            f"but this one has {takes}",
            "it is called with one element at a time: take a pair apart inside, `fn(p) => p[0] + p[1]`" if count == 1 else "",
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

    def _result(self, signature: Signature, matched: Matched, bindings: Bindings) -> Type:
        """The result, with what left-out arguments stand for."""
        given = {g.param.name for g in matched.given if g.param is not None}
        for param in signature.params:
            if param.name in given:
                continue
            for name in variables_in(param.type):
                if name not in bindings:
                    bindings[name] = NEVER if param.default == ABSENT else (NONE if param.default == "none" else ANY)
        of = substitute(signature.result, bindings, ANY)
        return ANY if isinstance(of, NeverType) else of

    # --- What an argument must be ------------------------------------------------------------------------

    def report_misfit(self, node: tree.Expression, of: Type, wanted: Type, what: str, code: str = "PL0302") -> None:
        """Report a value of type `of` that cannot stand where `wanted` is taken."""
        if fits(of, wanted) is not NO:
            return
        if has_none(of) and of != NONE and fits(union(*(m for m in members(of) if m != NONE)), wanted) is not NO:
            self.may_be_none(node, of)
            return
        message = f"{what} {_wanted(wanted)}, but this is {described(of)}"
        self.findings.error(code, node.span, message, self.misfit_hint(node, of, wanted))

    def misfit_hint(self, node: tree.Expression, of: Type, wanted: Type) -> str:
        """What to do about a value of the wrong type."""
        text = self.text(node)
        kinds = {base(m) for m in members(wanted)}
        given = base(expand(of))
        if STR in kinds and given in _NUMBERS:
            return f'write `str({text})`, or put it into a text: `"{{{text}}}"`'
        if INT in kinds and given == FLOAT:
            return f"write `int({text})` or `round({text})`; `//` divides without a rest"
        if kinds & {INT, FLOAT} and given == STR:
            return f"write `int({text})` or `float({text})`"
        if any(isinstance(k, (ListType, TupleType)) for k in kinds):
            if isinstance(given, (DictType, RecordType)):
                return f"write `items({text})`, `keys({text})` or `values({text})`"
            return f"write `[{text}]` for a list of one"
        labels = [m.value for m in members(wanted) if isinstance(m, LiteralType)]
        if labels and isinstance(of, LiteralType) and isinstance(of.value, str):
            near = closest(of.value, [v for v in labels if isinstance(v, str)])
            return f'did you mean "{near}"?' if near else ""
        if any(isinstance(k, TypeOf) for k in kinds):
            return "give the name of a type, as in `type Invoice = {…}`"
        return ""

    # --- Methods that change their place ------------------------------------------------------------------

    def _change(self, node: tree.MethodCall) -> Type:
        """`place.push(v)` and its kin: what they take, what they give, what the place is afterwards."""
        place = node.receiver
        whole = self.infer(place)
        if has_none(whole):
            self.may_be_none(place, whole)
        arguments = self._changing_arguments(node)
        kinds = [m for m in members(whole) if m != NONE]
        lists = [m for m in kinds if isinstance(m, (ListType, TupleType))]
        dicts = [m for m in kinds if isinstance(m, (DictType, RecordType))]
        unknown = any(isinstance(m, (AnyType, NeverType, TypeVariable)) for m in kinds)
        fitting = bool(lists) or (bool(dicts) and node.method in ("remove", "clear", "pop"))
        if not fitting and not unknown and kinds:
            self._not_changeable(node, whole)
        given = [widen_part(self.infer(a)) for a in arguments]
        if unknown or dicts or len(lists) != 1:
            return self._change_unknown(node, whole, bool(dicts) and not unknown)
        return self._change_list(node, lists[0], given, arguments)

    def _changing_arguments(self, node: tree.MethodCall) -> list[tree.Expression]:
        params = _CHANGING[node.method]
        matched = Matcher(node.method, params, self.findings).match(None, node.arguments, node.method_span)
        order = {p.name: at for at, p in enumerate(params)}
        known = [g for g in matched.given if g.param is not None]
        for given in matched.given:
            if given.param is None:
                self.infer(given.node)
        return [g.node for g in sorted(known, key=lambda g: order[g.param.name if g.param else ""])]

    def _not_changeable(self, node: tree.MethodCall, whole: Type) -> None:
        text = self.text(node.receiver)
        hint = "lists have it"
        if any(isinstance(m, (DictType, RecordType)) for m in members(whole)):
            hint = f"write `{text}[key] = value` to add an entry"
        elif any(base(m) == STR for m in members(whole)):
            hint = f"texts never change: write `{text} = {text} + …`"
        self.findings.error(
            "PL0312", node.receiver.span, f"`{text}` is {described(whole)}, which has no `{node.method}`", hint
        )

    def _change_unknown(self, node: tree.MethodCall, whole: Type, dicts: bool) -> Type:
        """Nothing certain is known afterwards, but that a dict stays a dict of what it held."""
        if dicts and node.method in ("remove", "clear", "pop"):
            kinds = [m for m in members(whole) if isinstance(m, DictType)]
            after: Type = kinds[0] if len(kinds) == 1 and len(list(members(whole))) == 1 else DictType(ANY, ANY)
            self.assign_part(node.receiver, after)
        elif isinstance(expand(whole), AnyType):
            self.assign_part(node.receiver, ANY)
        else:
            self.assign_part(node.receiver, ANY)
        return ANY if node.method in ("pop", "remove") else NONE

    def _change_list(
        self, node: tree.MethodCall, whole: ListType | TupleType, given: list[Type], arguments: list[tree.Expression]
    ) -> Type:
        method = node.method
        element = element_of(whole)
        if method in ("pop", "remove", "clear"):
            if given:
                self.report_misfit(arguments[0], given[0], INT, "the index of a list is")
            self.assign_part(node.receiver, ListType(element))
            if method == "clear":
                return NONE
            return ANY if method == "remove" or isinstance(element, NeverType) else element
        added = given[-1] if given else ANY
        if method == "extend":
            found = [items_of(m) for m in members(added)]
            if not any(f is not None for f in found):
                self.report_misfit(arguments[-1], added, ListType(ANY), "`extend` takes")
            added = ANY
            if found and all(f is not None for f in found):
                added = unite(f for f in found if f is not None)
                if isinstance(given[-1], ListType) and isinstance(given[-1].element, NeverType):
                    added = NEVER
        stated = self._stated_at(node.receiver)
        wanted = items_of(stated) if stated is not None and not has_none(stated) else None
        if wanted is not None and arguments and not isinstance(added, NeverType):
            self.report_misfit(arguments[-1], added, wanted, f"`{self.text(node.receiver)}` holds", "PL0301")
        self.assign_part(node.receiver, ListType(self._held(element, added, wanted)))
        return NONE

    def _held(self, element: Type, added: Type, wanted: Type | None) -> Type:
        """What a list holds after an element was added; a stated type stays if the new one is sure to be of it."""
        if wanted is not None and fits(added, wanted).value == 2 and fits(element, wanted).value == 2:
            return trusted(wanted)
        return join(element, added)

    # --- Places ------------------------------------------------------------------------------------------

    def keys_of(self, node: tree.Expression) -> tuple[tree.Name | None, tuple[Key, ...]]:
        """The variable of a place and the types of the keys that lead to it, which have been inferred before."""
        keys: list[Key] = []
        while isinstance(node, (tree.Field, tree.Index)):
            if isinstance(node, tree.Field):
                keys.append(LiteralType(node.name))
            elif isinstance(node.index, tree.Literal) and node.index.value is not None:
                keys.append(LiteralType(node.index.value))
            else:
                keys.append(self.module.types.get(node.index, ANY))
            node = node.value
        return (node if isinstance(node, tree.Name) else None), tuple(reversed(keys))

    def _stated_at(self, node: tree.Expression) -> Type | None:
        """The type that an annotation gives the place, if one does."""
        name, keys = self.keys_of(node)
        symbol = self.symbol(name) if name is not None else None
        stated = self.stated.get(symbol) if isinstance(symbol, Variable) else None
        return target_of(stated, keys) if stated is not None else None

    def assign_part(self, node: tree.Expression, of: Type) -> None:
        """The place `node` holds a value of type `of` from here on; what was known of its parts is forgotten."""
        name, keys = self.keys_of(node)
        symbol = self.symbol(name) if name is not None else None
        if not isinstance(symbol, Variable):
            return
        fact = self.fact(symbol)
        self.set(symbol, with_part(fact.type, keys, of))


def _known(of: Type) -> Type:
    """What a function may be told of an element of a list of which nothing is known yet."""
    return ANY if isinstance(of, NeverType) else of


def _is_module(symbol: Symbol | None) -> bool:
    return isinstance(symbol, ModuleSymbol)


def _short(node: tree.Call | tree.MethodCall) -> tree.Span:
    """The name of what is called, where the whole call may be long."""
    return node.method_span if isinstance(node, tree.MethodCall) else node.function.span


def _default_text(default: tree.Expression | None) -> str | None:
    """A default for messages; None where there is none."""
    if default is None:
        return None
    return default.form if isinstance(default, tree.Literal) and default.form else "…"


def _wanted(of: Type) -> str:
    return f"`{display(of)}`"


_NUMBERS = (INT, FLOAT, BOOL)
_VALUE = SignatureParameter("value")
_CHANGING: dict[str, tuple[SignatureParameter, ...]] = {
    "push": (_VALUE,),
    "pop": (SignatureParameter("i", default="-1"),),
    "insert": (SignatureParameter("i", INT), _VALUE),
    "extend": (SignatureParameter("values"),),
    "remove": (SignatureParameter("key"),),
    "clear": (),
}
"""What the changing methods take (§3)."""
