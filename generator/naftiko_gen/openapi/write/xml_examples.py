"""Write values as XML, in the form that their schemas declare."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from naftiko_gen.openapi.read.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.openapi.read.xml_facts import Xml

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def xml_text(shape: Shape, value: Plain, schema_name: str) -> str:
    """Return a document; `schema_name` is the name of its schema, or of its items'."""
    if isinstance(value, list):
        root = _name(shape.xml, "root")
        name = _name(_items(shape).xml, schema_name, "item")
        inside = "".join(_element(name, item, _items(shape)) for item in value)
        return f"<{root}{_namespace(shape.xml)}>{inside}</{root}>"
    return _element(_name(shape.xml, schema_name, "root"), value, shape)


def _element(name: str, value: Plain, shape: Shape) -> str:
    """Return an element."""
    start = f"{name}{_namespace(shape.xml)}"
    if not isinstance(value, dict):
        return f"<{start}>{escape(_scalar(value))}</{name}>"
    shapes = {member.name: member.shape for member in shape.members}
    members = [(key, child, shapes.get(key, Shape())) for key, child in value.items()]
    attributes = "".join(_attributes(members))
    inside = "".join(
        _member(key, child, of) for key, child, of in members if not of.xml.is_attribute
    )
    return f"<{start}{attributes}>{inside}</{name}>"


def _attributes(members: list[tuple[str, Plain, Shape]]) -> Iterator[str]:
    for key, value, shape in members:
        if shape.xml.is_attribute and (name := _name(shape.xml, key)):
            yield f" {name}={quoteattr(_scalar(value))}"


def _member(key: str, value: Plain, shape: Shape) -> str:
    """Return the elements of a member; of a list, one for each item."""
    name = _name(shape.xml, key)
    if not isinstance(value, list):
        return _element(name, value, shape) if name else ""
    items, is_wrapped = _items(shape), shape.xml.is_wrapped
    # Without an element around the items, the name of the list isn't used.
    item_name = _name(items.xml, name if is_wrapped else key)
    if not item_name:
        return ""
    inside = "".join(_element(item_name, item, items) for item in value)
    return f"<{name}{_namespace(shape.xml)}>{inside}</{name}>" if is_wrapped else inside


def _items(shape: Shape) -> Shape:
    return shape.items or Shape()


def _name(form: Xml, *others: str) -> str:
    """Return the first name that XML can have, with the prefix of the form."""
    usable = (name for name in (form.name, *others) if _NAME.fullmatch(name))
    name = next(usable, "")
    is_prefixed = name and _NAME.fullmatch(form.prefix)
    return f"{form.prefix}:{name}" if is_prefixed else name


def _namespace(form: Xml) -> str:
    """Return the declaration of the namespace of an element, if it has one."""
    if not form.namespace:
        return ""
    key = f"xmlns:{form.prefix}" if _NAME.fullmatch(form.prefix) else "xmlns"
    return f" {key}={quoteattr(form.namespace)}"


def _scalar(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
