"""Types of declared inputs, with their restrictions, and their default values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.patterns import PatternError, sample_of
from naftiko_gen.resolve.types import type_of

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.language import models

    Restricted = models.InputPart | models.RestInput | models.ToolInput

_EXTENSIONS = ("enum", "items", "properties", "default")
_INSTANCES: dict[ir.Primitive, tuple[type, ...]] = {
    ir.Primitive.STRING: (str,),
    ir.Primitive.INTEGER: (int,),
    ir.Primitive.NUMBER: (int, float),
    ir.Primitive.BOOLEAN: (bool,),
}


@dataclass(frozen=True)
class InputTypes:
    """Reader of the restrictions of inputs, which reports unusable ones."""

    report: Report

    def declared(
        self, model: models.RestInput | models.ToolInput, inferred: ir.Type
    ) -> ir.Type:
        """Return the type of an input; bytes override the declared type."""
        self._note_extensions(model)
        if inferred in (ir.Bytes(), ir.Array(ir.Bytes())):
            self._refuse(model, ("enum", "pattern", "items", "properties"), "bytes")
            return inferred
        return self._type(model) if model.kind else inferred

    def default(
        self,
        model: models.RestInput | models.ToolInput,
        declared: ir.Type,
        location: ir.Location,
    ) -> ir.Default | None:
        """Return the value of an input that clients leave out, None without one."""
        if model.default is None:
            return None
        match location:
            case ir.InPath():
                self._refuse(model, ("default",), "a variable of the path")
            case ir.InBody() | ir.InText() | ir.InContent():
                self._refuse(model, ("default",), "a whole body")
            case _:
                return self._default(model, declared)
        return None

    def _default(
        self, model: models.RestInput | models.ToolInput, declared: ir.Type
    ) -> ir.Default | None:
        node = model.node.get("default")
        value = node.plain() if node else None
        if not _is_of(value, declared):
            message = f"the default of {shown(model.name)} isn't a value of its type"
            span = model.node.value_span("default")
            self.report.add(Code.UNUSABLE_RESTRICTION, message, span)
            return None
        return ir.Default(json.dumps(value))

    def _type(self, model: Restricted) -> ir.Type:
        kind = model.kind
        if kind is None:
            return ir.Anything()
        match type_of(kind):
            case ir.Array() as array:
                self._refuse(model, ("enum", "pattern", "properties"), "an array")
                items = model.items
                return array if items is None else ir.Array(self._type(items))
            case ir.Object() as any_object:
                self._refuse(model, ("enum", "pattern", "items"), "an object")
                parts = model.properties
                return any_object if parts is None else self._object(parts)
            case ir.Primitive() as base:
                self._refuse(model, ("items", "properties"), f"a value of type {kind}")
                return self._scalar(model, base)
            case declared:
                return declared

    def _object(self, parts: dict[str, models.InputPart]) -> ir.Object:
        return ir.Object(
            tuple(
                ir.Field(name, self._type(part), part.required, part.description)
                for name, part in parts.items()
            )
        )

    def _scalar(self, model: Restricted, base: ir.Primitive) -> ir.Type:
        if model.enum is not None:
            self._ignore_pattern(model, "the values are listed")
            return self._listed(model, model.enum, base)
        if model.pattern is not None and base is not ir.Primitive.STRING:
            self._refuse(model, ("pattern",), f"a value of type {base.value}")
        elif model.pattern is not None:
            try:
                return ir.Matching(model.pattern, sample_of(model.pattern))
            except PatternError as error:
                self._ignore_pattern(model, str(error))
        return base

    def _listed(
        self, model: Restricted, values: list[models.Constant], base: ir.Primitive
    ) -> ir.OneOf:
        strange = [value for value in values if not _is_of(value, base)]
        if strange:
            message = f"{shown(strange[0])} isn't of type {base.value}"
            span = model.node.value_span("enum")
            self.report.add(Code.UNUSABLE_RESTRICTION, message, span)
        return ir.OneOf(base, tuple(dict.fromkeys(values)))

    def _ignore_pattern(self, model: Restricted, reason: str) -> None:
        if model.pattern is not None:
            message = f"the pattern is ignored: {reason}"
            span = model.node.value_span("pattern")
            self.report.add(Code.IGNORED_PATTERN, message, span)

    def _refuse(self, model: Restricted, keys: tuple[str, ...], what: str) -> None:
        """Report restrictions that a kind of value can't have."""
        for key in keys:
            node = model.node.get(key)
            if node is not None and node.plain() is not None:
                message = f"{what} can't have {shown(key)}"
                span = model.node.key_span(key)
                self.report.add(Code.UNUSABLE_RESTRICTION, message, span)

    def _note_extensions(self, model: models.RestInput | models.ToolInput) -> None:
        from_schema = () if hasattr(model, "place") else ("pattern",)
        keys = [key for key in (*_EXTENSIONS, *from_schema) if key in model.node]
        if keys:
            shown_keys = ", ".join(map(shown, keys))
            message = f"the official language has no {shown_keys} of an input"
            span = model.node.key_span(keys[0])
            self.report.add(Code.INPUT_RESTRICTION, message, span)


def _is_of(value: Plain, declared: ir.Type) -> bool:
    """Return whether a value is of a type; whether patterns match isn't known here."""
    match declared:
        case ir.Primitive():
            is_flag = isinstance(value, bool)
            of_type = isinstance(value, _INSTANCES[declared])
            return of_type and is_flag == (declared is ir.Primitive.BOOLEAN)
        case ir.OneOf(base=base, values=values):
            return _is_of(value, base) and value in values
        case ir.Matching():
            return isinstance(value, str)
        case ir.Array(items=items):
            return isinstance(value, list) and all(_is_of(v, items) for v in value)
        case ir.Object(fields=()):
            return isinstance(value, dict)
        case ir.Object(fields=fields):
            return isinstance(value, dict) and _has_fields(value, fields)
        case _:
            return True


def _has_fields(value: dict[str, Plain], fields: tuple[ir.Field, ...]) -> bool:
    types = {field.name: field.type for field in fields}
    required = {field.name for field in fields if field.required}
    return required <= value.keys() and all(
        name in types and _is_of(member, types[name]) for name, member in value.items()
    )
