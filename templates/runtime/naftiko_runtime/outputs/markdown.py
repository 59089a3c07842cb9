"""Parses Markdown responses for shaping: front matter, tables and sections."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..transport import Reply, text
from .mismatches import UnreadableError, reads
from .shapes import Read
from .yaml import yaml_value

DEEPEST = 50
# Longer documents would delay all other calls for a second.
MOST_BYTES = 100_000
# The parser looks for the end of each link at every later bracket.
MOST_BRACKETS = 10_000
FRONT_MATTER = re.compile(r"---\n(.*?\n)??---(?:\n|\Z)", re.DOTALL)
PREFIX = re.compile(r"(#{1,6}) +")
PARSER = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable("table")


@reads("Markdown")
def markdown_document(reply: Reply) -> dict[str, Any]:
    """Return the parts of a document; raises ValueError for too long a one.

    They are the front matter, the tables as arrays of objects with names from the first
    row, and the sections: their `heading`, its `level`, and their `content`, which is
    text without tables.
    """
    if len(reply.body) > MOST_BYTES:
        raise UnreadableError("too long a document")
    if reply.body.count(b"[") > MOST_BRACKETS:
        raise UnreadableError("too many brackets")
    document = text(reply).removeprefix("\ufeff").replace("\r\n", "\n")
    front = FRONT_MATTER.match(document)
    blocks = _blocks(PARSER.parse(document[front.end() :] if front else document))
    tables = [_table(block) for block in blocks if block[0].type == "table_open"]
    return {
        "frontMatter": _front_matter(front[1]) if front else {},
        "tables": tables,
        "sections": list(_sections(blocks)),
    }


def _on_one_line(heading: str) -> str:
    """Return a heading as readers see it: any white space is one space."""
    return re.sub(r"\s+", " ", heading)


def markdown_sections(prefix: str) -> Read:
    """Return a function that parses documents with fewer sections.

    Their headings start with a prefix. If it starts with `#`, `##` and so on, they have
    that level.
    """
    level = PREFIX.match(prefix)
    words = _on_one_line(prefix[level.end() :] if level else prefix).lstrip()

    def read(reply: Reply) -> dict[str, Any]:
        document = markdown_document(reply)
        sections = [
            section
            for section in document["sections"]
            if _on_one_line(section["heading"]).startswith(words)
            and (level is None or section["level"] == len(level[1]))
        ]
        return {**document, "sections": sections}

    return read


def _front_matter(source: str | None) -> Any:
    value = yaml_value((source or "").encode())
    return value if isinstance(value, dict) else {}


def _blocks(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return the tokens of each block at the top level."""
    blocks: list[list[Token]] = []
    is_inside = False
    for token in tokens:
        if not is_inside:
            blocks.append([])
        blocks[-1].append(token)
        is_inside = token.level > 0 or token.nesting == 1
    return blocks


def _sections(blocks: Sequence[Sequence[Token]]) -> Iterator[dict[str, Any]]:
    heading: Sequence[Token] = ()
    texts: list[str] = []
    for block in blocks:
        match block[0].type:
            case "heading_open":
                yield from _section(heading, texts)
                heading, texts = block, []
            case "table_open":
                pass
            case _:
                texts += _texts(block)
    yield from _section(heading, texts)


def _section(
    heading: Sequence[Token], texts: Sequence[str]
) -> Iterator[dict[str, Any]]:
    if heading:
        yield {
            "heading": " ".join(_texts(heading)),
            "level": int(heading[0].tag[1:]),
            "content": "\n".join(texts),
        }


def _table(block: Sequence[Token]) -> list[dict[str, str]]:
    rows: list[list[str]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_plain(token))
    header, *others = rows
    return [dict(zip(header, row, strict=False)) for row in others]


def _texts(block: Sequence[Token]) -> Iterator[str]:
    """Yield the texts of a block: paragraphs, also those inside lists, and code."""
    for token in block:
        if token.type == "inline":
            yield _plain(token)
        elif token.type in ("fence", "code_block"):
            yield token.content.removesuffix("\n")


def _plain(token: Token) -> str:
    """Return the text of a paragraph, a heading or a cell without its marks."""
    return "".join(map(_piece, token.children or ()))


def _piece(token: Token) -> str:
    match token.type:
        case "text" | "code_inline" | "text_special":
            return token.content
        case "image":
            return "".join(map(_piece, token.children or ()))
        case "softbreak" | "hardbreak":
            return " "
        case _:
            return ""
