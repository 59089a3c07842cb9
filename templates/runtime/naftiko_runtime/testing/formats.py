"""Responses of a mock upstream in other formats than JSON."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from ..reply import Reply

XML = ((b"content-type", b"application/xml; charset=utf-8"),)
TABLE = ((b"content-type", b"text/plain; charset=utf-8"),)


def content_reply(media_type: str, content: str | bytes) -> Reply:
    """Return a response of a media type; a text is sent in UTF-8.

    The header says so, unless the media type has parameters or is JSON, which has none.
    """
    if isinstance(content, bytes):
        return Reply(200, ((b"content-type", media_type.encode()),), content)
    is_whole = ";" in media_type or media_type.endswith("json")
    header = media_type if is_whole else f"{media_type}; charset=utf-8"
    return Reply(200, ((b"content-type", header.encode()),), content.encode())


def xml_reply(document: Any) -> Reply:
    """Return a response whose root element has the members of a document."""
    children = {"item": document} if isinstance(document, list) else document
    return Reply(200, XML, "".join(_element("root", children)).encode())


def table_reply(rows: Sequence[Mapping[str, str]], separator: str) -> Reply:
    """Return a response with a line of names, and a line for each row."""
    text = io.StringIO()
    table = csv.DictWriter(text, [*rows[0]], delimiter=separator)
    table.writeheader()
    table.writerows(rows)
    return Reply(200, TABLE, text.getvalue().encode())


def _element(name: str, value: Any) -> Iterator[str]:
    match value:
        case list():
            for item in value:
                yield from _element(name, item)
        case dict():
            inside = (piece for one in value.items() for piece in _element(*one))
            yield f"<{name}>{''.join(inside)}</{name}>"
        case _:
            yield f"<{name}>{escape(value)}</{name}>"
