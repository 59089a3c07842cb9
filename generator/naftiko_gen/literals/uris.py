"""Text in the path of a URI."""

from __future__ import annotations

from urllib.parse import quote

_SUB_DELIMS = "!$&'()*+,;="


def url_path(text: str) -> str:
    """Percent-encode literal text of a path; slashes stay (`pchar` of RFC 3986).

    A lone surrogate, which UTF-8 can't hold, becomes a question mark.
    """
    return quote(text, safe=f"/:@{_SUB_DELIMS}", errors="replace")
