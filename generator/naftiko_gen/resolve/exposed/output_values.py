"""Values of outputs that stand in the spec: constants, and texts with inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.resolve.exposed.inputs import constant
from naftiko_gen.resolve.json_text import json_value
from naftiko_gen.resolve.templates import convert_constant, text_template
from naftiko_gen.resolve.types import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Plain, Span
    from naftiko_gen.language import models
    from naftiko_gen.language.expressions import Placeholder
    from naftiko_gen.resolve.units import Unit

_INSTANCES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class OutputValues:
    """Reader of the values of a unit's outputs."""

    unit: Unit
    inputs: Mapping[str, ir.Input]
    """The inputs of the unit, by their names in references."""
    report: Report

    def read(self, model: models.Output) -> ir.Literal | ir.Filled | None:
        """Return the value of an output that has its own.

        A `const` describes the value that is read, so it is one only by itself.
        """
        sources = (model.mapping, model.properties, model.items)
        if model.value is not None:
            return self._value(model.value, model)
        if model.const is not None and all(source is None for source in sources):
            node = model.node.get("const")
            return ir.Literal(node.plain() if node else None)
        return None

    def _value(
        self, value: models.Constant, model: models.Output
    ) -> ir.Literal | ir.Filled:
        span = model.node.value_span("value")
        template: ir.Template = ir.Constant(value)
        if isinstance(value, str):
            template = text_template(value, span, self._placeholder)
        if not isinstance(template, ir.Constant):
            return ir.Filled(template)
        literal = _convert(template.value, model.type, span)
        if not _is_of_type(literal, model.type):
            fault = f"isn't of type {quote(model.type)}"
            message = f"{quote(value)} {fault}: it is returned unchanged"
            self.report.add(Code.MISTYPED_VALUE, message, span)
        return ir.Literal(literal)

    def _placeholder(self, placeholder: Placeholder, span: Span) -> ir.Template:
        name = self.unit.named_input(placeholder)
        value = constant(self.unit.input(name))
        if value is not None:
            return value
        source = self.inputs.get(name)
        if source is None or isinstance(source.location, ir.InContent):
            text = quote("{{" + placeholder.name + "}}")
            message = f"{text} names no input whose value an output can hold"
            self.report.add(Code.UNUSABLE_TEMPLATE, message, span)
            return ir.Constant("")
        return ir.Argument(source)


def _convert(value: Plain, kind: models.Kind, span: Span) -> Plain:
    """Return a value as the declared type, if it can be read as one."""
    match value, kind:
        case str() as text, "array" | "object":
            document = json_value(text, span)
            return document if _is_of_type(document, kind) else text
        case _:
            literal = convert_constant(ir.Constant(value), type_of(kind))
            return literal.value if isinstance(literal, ir.Constant) else value


def _is_of_type(value: Plain, kind: models.Kind) -> bool:
    is_number = kind in ("integer", "number")
    is_instance = isinstance(value, _INSTANCES[kind])
    return is_instance and not (is_number and isinstance(value, bool))
