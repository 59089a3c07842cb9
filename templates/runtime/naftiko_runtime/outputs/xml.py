"""XML documents as JSON."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NoReturn
from xml.parsers import expat

import xmltodict

from ..transport import CHARSET, Reply, utf8
from .mismatches import MismatchError, UnreadableError, reads
from .shapes import Alone

DEEPEST = 100
DECLARED = re.compile(rb"\s*<\?xml[^>]*\sencoding")
# Larger documents would delay all other calls for a second.
MOST = 200_000


class Element(dict[str, Any], Alone):
    """An element's attributes and children by name, and its text by the empty name."""


class Text(str, Alone):
    """An element that has only text or is empty."""

    __slots__ = ()


class Root(Alone):
    """The root element; as an array, its children if all of them have one name."""

    name: str
    children: frozenset[str] = frozenset()
    """The names of its children, which its attributes aren't."""


class RootElement(Element, Root):
    """A root element with attributes or children."""

    def as_array(self) -> list[Any]:
        """Return the children; raises TypeError if they have several names."""
        if not self.children and "" not in self:
            return []
        if len(self.children) != 1:
            raise MismatchError("an array", self)
        [name] = self.children
        children = self[name]
        return children if isinstance(children, list) else [children]


class RootText(Text, Root):
    """A root element that has only text or is empty."""

    def as_array(self) -> list[Any]:
        """Return no children; raises TypeError for a text."""
        if self:
            raise MismatchError("an array", self)
        return []


@reads("XML")
def xml_document(reply: Reply) -> RootElement | RootText:
    """Return the root element; raises ValueError for invalid XML.

    Names lose their prefixes, elements of one name become an array, and every other
    value is text. Entities and declared attributes are refused, because they can expand
    a short text to a large document. Deeply nested documents and those with too many
    elements and attributes are refused as well.
    """
    content = _content(reply)
    if _parts(content) > MOST:
        raise UnreadableError("too many elements")
    try:
        document = xmltodict.parse(
            content,
            expat=READER,
            attr_prefix="",
            cdata_key="",
            force_list=_is_child_of_root,
        )
    except (expat.ExpatError, LookupError) as error:
        # A LookupError is an unknown encoding.
        raise ValueError("no XML") from error
    [(name, node)] = document.items()
    return _root(_local(name), node)


def _content(reply: Reply) -> bytes:
    """Return a document that declares its own encoding, unless it is in UTF-8.

    A document that declares none is in the charset of Content-Type.
    """
    is_unicode = (reply.charset or "utf").startswith("utf")
    is_declared = is_unicode or DECLARED.match(reply.body)
    return reply.body if is_declared else utf8(reply)


def _is_child_of_root(path: Any, name: str, _: Any) -> bool:
    """Return whether a value is a child of the root, and neither text nor attribute.

    Raises ValueError inside deep elements: xmltodict copies the path for every call.
    """
    if len(path) > DEEPEST:
        raise UnreadableError("nested too deeply")
    return len(path) == 1 and name != ""


def _root(name: str, node: Any) -> RootElement | RootText:
    """Return the root element, whose children are lists, unlike its attributes."""
    members = node if isinstance(node, dict) else {"": node}
    children = {key for key, value in members.items() if isinstance(value, list)}
    for key in children:
        if len(members[key]) == 1:
            [members[key]] = members[key]
    value = _value(members)
    is_element = isinstance(value, Element)
    root = RootElement(value) if is_element else RootText(value)
    root.name = name
    root.children = frozenset(map(_local, children))
    return root


def _parser(encoding: str | None, separator: str | None) -> expat.XMLParserType:
    parser = expat.ParserCreate(encoding, separator)
    parser.AttlistDeclHandler = _refuse_declaration
    parser.XmlDeclHandler = _check_encoding
    return parser


def _refuse_declaration(*_: object) -> NoReturn:
    raise UnreadableError("attributes are declared")


def _check_encoding(_: str, encoding: str | None, __: int) -> None:
    # The parser looks other names up as those of Python's codecs.
    if encoding is not None and not CHARSET.fullmatch(encoding.lower()):
        raise UnreadableError("an unknown encoding")


READER = SimpleNamespace(ParserCreate=_parser)


def _parts(content: bytes) -> int:
    """Return an upper bound on the number of elements and attributes."""
    starts = content.count(b"<") - content.count(b"</")
    return starts + content.count(b"=")


def _value(node: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise UnreadableError("nested too deeply")
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


def xml_below(name: str) -> Callable[[Reply], Any]:
    """Return a parser for paths that all start with a name.

    If the root element is called so and has no child of that name, the paths start
    above it, and else inside it.
    """

    def read(reply: Reply) -> Any:
        root = xml_document(reply)
        has_child = isinstance(root, dict) and name in root
        return {name: root} if root.name == name and not has_child else root

    return read
