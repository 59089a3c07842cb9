"""Request bodies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.expressions import Hole, Scope
from naftiko_gen.resolve.templates import node_template, text_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from naftiko_gen import spec
    from naftiko_gen.resolve.templates import Fill

    Fields = Sequence[tuple[str, ir.Template]]
    """Declared body parameters: wire name and what is sent."""


def body(model: spec.ConsumedOperation, fields: Fields, fill: Fill) -> ir.Body | None:
    """Return the body of an operation, or None if it sends none.

    A `body` block wins over body parameters, which its template may use. Without
    `data`, the parameter `body` is the body.
    """
    if model.body is None:
        return _declared_body(fields)
    data = model.body.node.get("data")
    if data is None or data.plain() is None:
        whole = Hole("body", Scope.INPUT)
        return _structured(fill(whole, model.node.key_span("body")))
    return _structured(node_template(data, partial(text_template, fill=fill)))


def _structured(template: ir.Template) -> ir.Body:
    """One hole alone is the caller's value, and needn't be rebuilt."""
    match template:
        case ir.Argument(source=ir.Parameter() as parameter):
            return ir.Entity(parameter)
        case _:
            return ir.BodyTemplate(template)


def _declared_body(fields: Fields) -> ir.Body | None:
    """Return the value of a parameter that is the body, or an object of all of them.

    It is the body if it is named so, or if it's the only one and has parts.
    """
    if not fields:
        return None
    named = [template for name, template in fields if name == "body"]
    single = [template for _, template in fields if len(fields) == 1]
    for template in (*named, *(each for each in single if _has_parts(each))):
        return _structured(template)
    return ir.BodyTemplate(ir.ObjectTemplate(tuple(fields)))


def _has_parts(template: ir.Template) -> bool:
    match template:
        case ir.Argument(source=ir.Parameter(type=ir.Object() | ir.Array())):
            return True
        case _:
            return False
