"""Encodes text for the path of a URI."""

from __future__ import annotations

import re
from urllib.parse import quote

_SUB_DELIMS = "!$&'()*+,;="
_ENCODED = re.compile("(%[0-9A-Fa-f]{2})")


def url_path(text: str) -> str:
    """Percent-encode literal text of a path, except slashes (`pchar` of RFC 3986).

    Encoded characters stay encoded, because a spec has no other way to write a space in
    a path. A lone surrogate, which UTF-8 can't represent, becomes a question mark.
    """
    # With one group, `split` returns unencoded and encoded parts alternately.
    return "".join(
        part if i % 2 else quote(part, safe=f"/:@{_SUB_DELIMS}", errors="replace")
        for i, part in enumerate(_ENCODED.split(text))
    )
