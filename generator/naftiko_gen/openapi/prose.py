"""Tidy and shorten texts of documents, turn HTML into text, and estimate tokens."""

from __future__ import annotations

import html
import re

from naftiko_gen.syntax.readable import escape_unreadable

_LIMIT = 2_000
"""The most characters of a description, which models read again and again."""
_LONGEST = 20_000
_NOTE = 60
"""The end of a cut text stays if it is no longer: it often says `Deprecated.`"""
SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)[.!?…][)\"'`]*(?=\s+[^a-z\s])|\n")


def prose(text: str | None) -> str:
    """Return a description without HTML, and without blanks around it and its lines.

    Several empty lines become one. A long text is cut at the end of a word.
    """
    if not text:
        return ""
    plain = html_text(text[:_LONGEST])
    lines = (line.expandtabs(4).rstrip() for line in plain.splitlines())
    return cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), _LIMIT)


def cut(text: str, limit: int) -> str:
    """Return a text of up to so many characters, cut at the end of a word."""
    if len(text) <= limit:
        return text
    start, blank, _ = text[: limit - 1].rpartition(" ")
    return f"{start.rstrip() if blank else text[: limit - 2]} …"


def brief(text: str, limit: int) -> str:
    """Return a text on one line, cut at a word, with unreadable characters escaped."""
    return cut(escape_unreadable(line(text)), limit)


def shorten(text: str, limit: int) -> str:
    """Return a text that is cut at the end of a sentence, or else of a word."""
    if len(text) <= limit:
        return text
    note = _note(text, limit)
    start = text[: limit - len(note) - 2]
    ends = [match.end() for match in SENTENCE_END.finditer(start)]
    has_sentence = bool(ends) and ends[-1] > limit // 3
    beginning = start[: ends[-1]] if has_sentence else start.rpartition(" ")[0] or start
    return f"{beginning.rstrip()} …{note}"


def _note(text: str, limit: int) -> str:
    """Return the last sentence of a text if it is short, as the end of a cut one."""
    tail = text[-min(_NOTE, limit // 4) :]
    starts = [match.end() for match in SENTENCE_END.finditer(tail[:-1])]
    note = tail[starts[-1] :].strip() if starts else ""
    return f" {note}" if note[:1].isupper() and note[-1] in ".!" else ""


def few_sentences(text: str, limit: int) -> str:
    """Return the first sentences of a text on one line, as far as the limit allows."""
    return shorten(escape_unreadable(line(text)), limit)


def line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def sentence(text: str) -> str:
    """Return a text with a full stop at its end."""
    return text if not text or text[-1] in ".!?:…" else f"{text}."


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


def token_count(text: str) -> int:
    """Return about how many tokens a text has: two for each nine bytes of UTF-8.

    Tokenizers differ. That of GPT-4o takes 4.5 bytes for a token of the tools of a
    large API, as compact JSON.
    """
    return -(-len(text.encode()) * 2 // 9)


def in_words(tokens: int) -> str:
    """Return a number of tokens for readers, in three digits that matter."""
    number = round(tokens, min(0, 3 - len(str(tokens))))
    return f"about {number:,} tokens"
