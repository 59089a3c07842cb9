"""Files of a mock upstream, the smallest ones of their media types."""

from ..reply import Reply

# An image of one black pixel, in three formats.
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
    "application/pdf": PDF,
    "application/zip": ZIP,
}
BYTES = b"\0\xff\1\xfe"
"""The content of all other media types."""


def file_reply(media_type: str) -> Reply:
    """Return a response of bytes: a file of the media type, if a small one is known."""
    content = FILES.get(media_type.partition(";")[0].strip().lower(), BYTES)
    return Reply(200, ((b"content-type", media_type.encode()),), content)
