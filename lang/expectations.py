"""Values written where a type is stated: lists and dicts are compared part by part, so that findings are exact."""

from __future__ import annotations

from . import tree
from .diagnostics import Edit
from .inference_changes import ChangeInference
from .joining import bounded, join
from .suggestions import closest
from .types import ANY, DictType, ListType, LiteralType, RecordField, RecordType, TupleType, Type
from .typing import NO, base, display, fits, members, unite


class Expectations(ChangeInference):
    """`expect`: infer an expression that should be of a stated type."""

    def expect(self, node: tree.Expression, target: Type, what: str) -> Type:
        """Infer `node` and report it where it cannot be a `target`; `what` begins the message: "`x` takes"."""
        code = "PL0302" if "`" in what and what.endswith("takes") else "PL0301"
        return self._expect(node, target, what, code)

    def _expect(self, node: tree.Expression, target: Type, what: str, code: str) -> Type:
        if isinstance(node, tree.Conditional):
            value, otherwise = self.both_ways(node, lambda branch: self._expect(branch, target, what, code))
            return self.record(node, join(value, otherwise))
        if isinstance(node, tree.ListDisplay):
            found = self._expect_list(node, target, what, code)
            if found is not None:
                return self.record(node, bounded(found))
        if isinstance(node, tree.DictDisplay):
            found = self._expect_dict(node, target, what, code)
            if found is not None:
                return self.record(node, bounded(found))
        of = self.infer(node, target)
        self.report_misfit(node, of, target, what, code)
        return of

    # --- Lists -------------------------------------------------------------------------------------------

    def _expect_list(self, node: tree.ListDisplay, target: Type, what: str, code: str) -> Type | None:
        lists = [m for m in members(target) if isinstance(m, (ListType, TupleType))]
        if len(lists) != 1 or any(isinstance(item, tree.Spread) for item in node.items):
            return None
        wanted = lists[0]
        items = [item for item in node.items if not isinstance(item, tree.Spread)]
        if isinstance(wanted, ListType):
            return ListType(unite([self._expect(i, wanted.element, "this list holds", code) for i in items]))
        if len(node.items) != len(wanted.items):
            self.findings.error(
                code,
                node.span,
                f"{what} `{display(wanted)}`, a list of exactly {len(wanted.items)}, but this has {len(node.items)}",
            )
            for item in items:
                self.infer(item)
            return ANY
        pairs = zip(items, wanted.items, strict=True)
        return TupleType(tuple(self._expect(i, t, "this place takes", code) for i, t in pairs))

    # --- Dicts -------------------------------------------------------------------------------------------

    def _expect_dict(self, node: tree.DictDisplay, target: Type, what: str, code: str) -> Type | None:
        if any(isinstance(e, tree.Spread) or not _is_text_key(e) for e in node.entries):
            return self._expect_entries(node, target, code)
        records = [m for m in members(target) if isinstance(m, RecordType)]
        others = [m for m in members(target) if isinstance(m, DictType)]
        if not records or others:
            return self._expect_entries(node, target, code) if others and not records else None
        wanted = self._variant(node, records)
        if wanted is None:
            return None
        return self._expect_record(node, wanted, what)

    def _expect_entries(self, node: tree.DictDisplay, target: Type, code: str) -> Type | None:
        """A literal for `dict[K, V]`."""
        dicts = [m for m in members(target) if isinstance(m, DictType)]
        if len(dicts) != 1 or any(isinstance(e, tree.Spread) for e in node.entries):
            return None
        wanted = dicts[0]
        keys: list[Type] = []
        values: list[Type] = []
        for entry in node.entries:
            if isinstance(entry, tree.Entry):
                key = self.key(entry.key)
                self.report_misfit(entry.key, key, wanted.key, "the keys of this dict are", code)
                keys.append(base(key))
                values.append(self._expect(entry.value, wanted.value, "this dict holds", code))
        return DictType(unite(keys), unite(values))

    def _variant(self, node: tree.DictDisplay, records: list[RecordType]) -> RecordType | None:
        """The record that a literal is written for: the one whose literal fields it has."""
        if len(records) == 1:
            return records[0]
        written = {
            str(e.key.value): e.value.value
            for e in node.entries
            if isinstance(e, tree.Entry) and isinstance(e.key, tree.Literal) and isinstance(e.value, tree.Literal)
        }
        fitting = [record for record in records if _agrees(record, written)]
        telling = [record for record in fitting if _is_told(record, written)]
        return telling[0] if len(telling) == 1 else (fitting[0] if len(fitting) == 1 else None)

    def _expect_record(self, node: tree.DictDisplay, wanted: RecordType, what: str) -> Type:
        fields: dict[str, RecordField] = {}
        for entry in node.entries:
            if isinstance(entry, tree.Spread) or not isinstance(entry.key, tree.Literal):
                continue  # `_expect_dict` has looked: there are none.
            name = str(entry.key.value)
            self.record(entry.key, LiteralType(name))
            field = wanted.get(name)
            if field is None:
                self._unknown_key(entry.key, name, wanted)
                fields[name] = RecordField(name, self.infer(entry.value))
            else:
                of = self._expect(entry.value, field.type, f"`{name}` is declared as", "PL0301")
                fields[name] = RecordField(name, of)
        missing = [f.name for f in wanted.fields if not f.optional and f.name not in fields]
        if missing:
            names = " and ".join(f"`{name}`" for name in missing)
            fields_ = f", which is {display(RecordType(wanted.fields))}" if wanted.name else ""
            self.findings.error(
                "PL0316",
                node.span,
                f"this dict lacks {names}",
                f"{what} `{display(wanted)}`{fields_}",
            )
        return RecordType(tuple(fields.values()))

    def _unknown_key(self, key: tree.Literal, name: str, wanted: RecordType) -> None:
        near = closest(name, [f.name for f in wanted.fields])
        known = ", ".join(f"`{f.name}`" for f in wanted.fields)
        self.findings.error(
            "PL0315",
            key.span,
            f"`{display(wanted)}` has no field `{name}`",
            f"did you mean `{near}`?" if near else f"its fields are {known}",
            edit=Edit(key.span, near) if near else None,
        )


def _is_text_key(entry: tree.Entry | tree.Spread) -> bool:
    return isinstance(entry, tree.Entry) and isinstance(entry.key, tree.Literal) and isinstance(entry.key.value, str)


def _agrees(record: RecordType, written: dict[str, bool | int | float | str | None]) -> bool:
    """Whether no literal that is written contradicts a literal field."""
    for field in record.fields:
        literals = [m for m in members(field.type) if isinstance(m, LiteralType)]
        if literals and field.name in written:
            value = written[field.name]
            if value is None or all(fits(LiteralType(value), m) is NO for m in members(field.type)):
                return False
    return True


def _is_told(record: RecordType, written: dict[str, bool | int | float | str | None]) -> bool:
    return any(
        field.name in written and all(isinstance(m, LiteralType) for m in members(field.type))
        for field in record.fields
    )
