"""Turn the HTML in a description into text."""

from __future__ import annotations

import html
import re

# Other words in angle brackets are placeholders, such as `<id>`.
_TAGS = (
    "a|abbr|acronym|b|big|blockquote|body|br|caption|center|cite|code|col|dd|del|"
    "details|div|dl|dt|em|embed|fieldset|figcaption|figure|font|h1|h2|h3|h4|h5|h6|head|"
    "hr|html|i|iframe|img|ins|kbd|li|link|meta|nobr|ol|p|pre|q|s|samp|section|small|"
    "span|strike|strong|style|sub|summary|sup|table|tbody|td|tfoot|th|thead|title|tr|"
    "tt|u|ul|var|wbr"
)
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_COMMENT = re.compile(
    r"<!--.*?-->|<(style|script)\b[^<>]*>.*?</\1>", re.DOTALL | re.IGNORECASE
)
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_LINES = re.compile("blockquote|br|caption|dd|div|dl|dt|h[1-6r]|ol|p|pre|table|tr|ul")
_CODES = frozenset(("code", "kbd", "samp", "tt"))


def html_text(text: str) -> str:
    """Return a text without HTML; code in backticks stays as it is."""
    if "<" not in text and "&" not in text:
        return text
    pieces = _CODE.split(text)
    return "".join(
        piece if at % 2 else _without_html(piece) for at, piece in enumerate(pieces)
    )


def _without_html(text: str) -> str:
    return html.unescape(_TAG.sub(_replacement, _COMMENT.sub("", text)))


def _replacement(tag: re.Match[str]) -> str:
    name = tag["name"].lower()
    if name in _CODES:
        return "`"
    if name == "li":
        return "" if tag["end"] else "\n- "
    if _LINES.fullmatch(name):
        return "\n"
    return " " if name in ("td", "th") else ""
