"""Text in the path of a URI."""

from __future__ import annotations

import re
from urllib.parse import quote

_SUB_DELIMS = "!$&'()*+,;="
_ENCODED = re.compile("(%[0-9A-Fa-f]{2})")


def url_path(text: str) -> str:
    """Percent-encode literal text of a path; slashes stay (`pchar` of RFC 3986).

    So does what is encoded: a document has no other way to write a space in a path.
    A lone surrogate, which UTF-8 can't hold, becomes a question mark.
    """
    # With one group, `split` returns what isn't encoded and what is in turn.
    return "".join(
        part if i % 2 else quote(part, safe=f"/:@{_SUB_DELIMS}", errors="replace")
        for i, part in enumerate(_ENCODED.split(text))
    )
