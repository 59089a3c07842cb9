"""Outputs: what is made of the upstream's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.language.expressions import json_path
from naftiko_gen.resolve.formats import answer_format
from naftiko_gen.resolve.types import type_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Plain, Span
    from naftiko_gen.language import models
    from naftiko_gen.resolve.units import Unit


def output(unit: Unit, report: Report) -> ir.Projection:
    """Return what a unit answers; nothing declared means the answer as it is."""
    outputs = unit.model.outputs
    if not outputs:
        return ir.Identity()
    projection = _named(outputs, report) or _first(outputs, report)
    written = answer_format(unit.declared.operation)
    if isinstance(projection, ir.Identity) or written is ir.Format.JSON:
        return projection
    if projection == ir.Pick((), ir.Primitive.STRING):
        # All of an answer that is text is the answer.
        return ir.Identity()
    if written is None:
        _report_format(unit, outputs, report)
    return _of_text(projection)


def _of_text(projection: ir.Projection) -> ir.Projection:
    """Return a projection of a format that knows no numbers and booleans."""
    match projection:
        case ir.Pick(path=path, type=ir.Primitive()):
            return ir.Pick(path, ir.Primitive.STRING)
        case ir.Shape(path=path, members=members):
            return ir.Shape(path, tuple((n, _of_text(one)) for n, one in members))
        case ir.Items(path=path, item=item):
            return ir.Items(path, _of_text(item))
        case ir.Pick() | ir.Identity() | ir.Literal():
            return projection
        case _:
            assert_never(projection)


def _named(outputs: Sequence[models.Output], report: Report) -> ir.Shape | None:
    """Return an object of the outputs if they have names."""
    members = [(each.name, each) for each in outputs if each.name is not None]
    if len(members) < len(outputs):
        return None
    return ir.Shape((), tuple((name, _member(each, report)) for name, each in members))


def _first(outputs: Sequence[models.Output], report: Report) -> ir.Projection:
    for ignored in outputs[1:]:
        message = "only the first output counts"
        report.add(Code.IGNORED_OUTPUT, message, ignored.node.span)
    return _projection(outputs[0], report)


def _report_format(
    unit: Unit, outputs: Sequence[models.Output], report: Report
) -> None:
    raw = shown(unit.declared.operation.raw_format)
    message = f"shaping an answer in the format {raw} can't be compiled yet"
    hint = "leave outputParameters out: the answer is passed on as it is"
    report.add(Code.UNSUPPORTED, message, outputs[0].node.span, hint)


def _projection(model: models.Output, report: Report) -> ir.Projection:
    value = model.const if model.const is not None else model.value
    path = _path(model, report)
    if value is not None:
        return ir.Literal(_literal(model))
    if model.properties is not None:
        return _shape(model, model.properties, report)
    if model.items is not None:
        return ir.Items(path, _item(model.items, report))
    is_opaque = model.type in ("object", "array")
    return (
        ir.Identity() if is_opaque and not path else ir.Pick(path, type_of(model.type))
    )


def _literal(model: models.Output) -> Plain:
    node = model.node.get("const" if model.const is not None else "value")
    return node.plain() if node else None


def _shape(
    model: models.Output, properties: dict[str, models.Output], report: Report
) -> ir.Shape:
    """Return an object; its properties start where it does, whatever it maps."""
    if _path(model, report):
        message = "the mapping of an object with properties is ignored"
        report.add(Code.IGNORED_MAPPING, message, model.node.value_span("mapping"))
    members = ((name, _member(each, report)) for name, each in properties.items())
    return ir.Shape((), tuple(members))


def _member(model: models.Output, report: Report) -> ir.Projection:
    """Return a part of a shape; the whole it stands in is a value like any other."""
    projection = _projection(model, report)
    is_whole = isinstance(projection, ir.Identity)
    return ir.Pick((), type_of(model.type)) if is_whole else projection


_item = _member


def _path(model: models.Output, report: Report) -> tuple[ir.PathSegment, ...]:
    if model.mapping is None:
        return ()
    span = model.node.value_span("mapping")
    return checked_path(model.mapping, span, report)


def checked_path(text: str, span: Span, report: Report) -> tuple[ir.PathSegment, ...]:
    """Return the steps of a JSONPath; report one that uses more than them."""
    steps = json_path(text)
    if steps is None:
        message = f"{shown(text)} uses more than names, indexes and [*]"
        report.add(Code.UNSUPPORTED_JSONPATH, message, span)
    return steps or ()
