"""Responses of the embedded upstream in other formats, and files."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from ..transport import Reply

# An image of one black pixel, in four formats.
PNG = (
    b"\x89PNG\r\n\x1a\n"
    b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\xdac`\0\0\0\2\0\1\xe5'\xde\xfc"
    b"\0\0\0\0IEND\xaeB`\x82"
)
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG = (
    b"\xff\xd8"
    + (b"\xff\xdb\0\x43\0" + b"\1" * 64)
    + b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0"
    + (b"\xff\xc4\0\x14\0\1" + bytes(16))
    + (b"\xff\xc4\0\x14\x10\1" + bytes(16))
    + b"\xff\xda\0\x08\1\1\0\0\x3f\0\x3f\xff\xd9"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
PDF = b"""\
%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 72 72]>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""
ZIP = b"PK\5\6" + bytes(18)
FILES = {
    "image/png": PNG,
    "image/gif": GIF,
    "image/jpeg": JPEG,
    "image/jpg": JPEG,
    "image/svg+xml": SVG,
    "application/pdf": PDF,
    "application/zip": ZIP,
}
BYTES = b"\0\xff\1\xfe"
"""The content of all other media types."""

XML = ((b"content-type", b"application/xml; charset=utf-8"),)
TABLE = ((b"content-type", b"text/plain; charset=utf-8"),)


def file_reply(media_type: str) -> Reply:
    """Return a response of bytes: a file of the media type, if a small one is known."""
    content = FILES.get(media_type.partition(";")[0].strip().lower(), BYTES)
    return Reply(200, ((b"content-type", media_type.encode()),), content)


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
