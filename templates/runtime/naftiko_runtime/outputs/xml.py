"""Parses XML responses for shaping."""

from types import SimpleNamespace
from typing import Any, NoReturn
from xml.parsers import expat

import xmltodict

from .shapes import Alone

DEEPEST = 100
# Larger documents would delay all other calls for a second.
MOST = 200_000


class Element(dict[str, Any], Alone):
    """An element's attributes and children by name, and its text by the empty name."""


class Text(str, Alone):
    """An element that has only text or is empty."""

    __slots__ = ()


def xml_document(content: bytes) -> Any:
    """Return the value of the root element; raises ValueError for invalid XML.

    Names lose their prefixes, elements of one name become an array, and every other
    value is text. Entities and declared attributes are refused, because they can expand
    a short text to a large document. Deeply nested documents and those with too many
    elements and attributes are refused as well.
    """
    if _parts(content) > MOST:
        raise ValueError("too many elements")
    try:
        document = xmltodict.parse(content, expat=READER, attr_prefix="", cdata_key="")
    except (expat.ExpatError, LookupError) as error:
        # A LookupError is an unknown encoding.
        raise ValueError("no XML") from error
    [root] = document.values()
    return _value(root)


def _parser(encoding: str | None, separator: str | None) -> expat.XMLParserType:
    parser = expat.ParserCreate(encoding, separator)
    parser.AttlistDeclHandler = _refuse_declaration
    return parser


def _refuse_declaration(*_: object) -> NoReturn:
    raise ValueError("attributes are declared")


READER = SimpleNamespace(ParserCreate=_parser)


def _parts(content: bytes) -> int:
    """Return an upper bound on the number of elements and attributes."""
    starts = content.count(b"<") - content.count(b"</")
    return starts + content.count(b"=")


def _value(node: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    match node:
        case dict():
            pairs = node.items()
            return _element({_local(n): _value(v, depth + 1) for n, v in pairs})
        case list():
            return [_value(item, depth + 1) for item in node]
        case _:
            return Text(node or "")


def _element(members: dict[str, Any]) -> Any:
    """Return an element without its namespace declarations."""
    members.pop("xmlns", None)
    return Element(members) if members.keys() - {""} else Text(members.get("", ""))


def _local(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return "xmlns" if prefix == "xmlns" else local
