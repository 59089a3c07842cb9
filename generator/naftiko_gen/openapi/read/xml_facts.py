"""Read how a schema's values are written in XML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from naftiko_gen.openapi.read.references import References
    from naftiko_gen.syntax.tree import Node


@dataclass(frozen=True)
class Xml:
    """The form of a value in XML.

    Attributes:
        name: The name of its element or attribute; empty if it is that of the property.
        is_attribute: Whether it is an attribute of the object that has it.
        is_wrapped: Whether an element is around the items of a list.
    """

    name: str = ""
    prefix: str = ""
    namespace: str = ""
    is_attribute: bool = False
    is_wrapped: bool = False


PLAIN_XML = Xml()


def read_xml(schema: Mapping, references: References) -> Xml:
    """Return the form of a schema's values."""
    node = references.mapping(schema.get("xml"))
    if node is None:
        return PLAIN_XML
    # OpenAPI 3.2 has `nodeType` in place of the two flags.
    kind = node.text("nodeType")
    is_list = schema.text("type") == "array"
    return Xml(
        node.text("name") or "",
        node.text("prefix") or "",
        node.text("namespace") or "",
        node.is_true("attribute") or kind == "attribute",
        node.is_true("wrapped") or (is_list and kind == "element"),
    )


def schema_name(node: Node | None) -> str:
    """Return the name that a reference gives a schema, or the items of a list."""
    if not isinstance(node, Mapping):
        return ""
    reference = node.text("$ref")
    if reference is None:
        return schema_name(node.get("items"))
    return reference.rpartition("/")[2]
