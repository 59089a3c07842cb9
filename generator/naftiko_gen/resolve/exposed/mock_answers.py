"""Answers of mocks: typed values of the spec, with inputs in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.resolve.exposed.output_values import OutputValues
from naftiko_gen.resolve.types import type_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.units import Unit

_UNNAMED = "value"
"""The member for an output without a name."""


def mock_answer(
    unit: Unit, inputs: Mapping[str, ir.Input], report: Report
) -> ir.Mapped:
    """Return the answer of a mock: an object with a member for each output."""
    reader = _Reader(OutputValues(unit, inputs, report), report)
    outputs = {model.name or _UNNAMED: model for model in unit.model.outputs}
    entries = tuple((name, reader.value(m)) for name, m in outputs.items())
    types = tuple((name, reader.type((name,), m)) for name, m in outputs.items())
    return ir.Mapped(ir.ObjectTemplate(entries), ir.Shape((), types))


@dataclass(frozen=True)
class _Reader:
    """Reader of outputs as values and types."""

    values: OutputValues
    report: Report

    def value(self, model: models.Output) -> ir.Template:
        """Return the value of an output; one without a value is null."""
        match self.values.read(model):
            case ir.Literal(value=value):
                return ir.Constant(value)
            case ir.Filled(template=template):
                return template
            case None:
                return self._structure(model)

    def _structure(self, model: models.Output) -> ir.Template:
        if model.properties is not None:
            members = ((n, self.value(part)) for n, part in model.properties.items())
            return ir.ObjectTemplate(tuple(members))
        if model.items is not None:
            return ir.ArrayTemplate((self.value(model.items),))
        message = "this output of a mock has no value: it is null"
        self.report.add(Code.EMPTY_MOCK, message, model.node.span)
        return ir.Constant(None)

    def type(
        self, path: tuple[ir.PathSegment, ...], model: models.Output
    ) -> ir.Projection:
        """Return the declared type of the value at a path."""
        if model.value is None and model.properties is not None:
            members = (
                (name, self.type((name,), part))
                for name, part in model.properties.items()
            )
            return ir.Shape(path, tuple(members))
        if model.value is None and model.items is not None:
            return ir.Items(path, self.type((), model.items))
        return ir.Pick(path, type_of(model.type))
