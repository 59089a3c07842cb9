"""Texts as models read them: words without the markup of pages, bounded."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from naftiko_gen.language.names import words
from naftiko_gen.openapi.prose import SENTENCE_END, html_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    from naftiko_gen.diagnostics.span import Plain


_READ = 5_000
"""The characters that are read of a text; no list shows as many."""
_BRACKETS = re.compile(r"(?:[^\[]*\[){100}")
"""The brackets up to which a text is read, because looking for links takes time."""
_LINES = 12
"""The most lines of code, and the most rows of a table."""
_COMMON_WORDS = frozenset(
    {"a", "an", "the", "of", "for", "thi", "it", "and", "to", "in"}
)
"""Words that tell nothing, without an `s` at the end."""
_NESTING = 12
"""The most levels of lists and quotes; deeper ones are left out."""

_MARKUP = re.compile(
    r"\][(\[]|\[!|[<|]|&[a-zA-Z#]|```|~~|\*\*|\\[_*]|\w\\\.(?=\s|$)|"
    r"(?<!\w)_\w[^_ \n]* [^_\n]*_(?!\w)|"
    r"^ {0,3}(?:#{1,6} |>|:::|!!! |---|===|\*\*\*)",
    re.MULTILINE,
)
_ADMONITION = re.compile(
    r"^(> ?)?(?:\[!(\w+)\]|(?::::+|!!!)[ \t]*(\w*)[^\n]*)[ \t]*$", re.MULTILINE
)
_ALERT_IN_LINE = re.compile(r"(?:> ?)?\[!([A-Z]+)\] > ?")
"""An alert whose lines became one."""
_OPEN_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?: …)?$")
_START, _END = "\x00", "\x01"
"""Marks around the text of a link."""
_POINTER = re.compile(
    r"(?:(?<=[.!?)\"] )|^ *)(?:For (?:\w+ )?(?:information|details?|examples?)|See|Read"
    r"|Learn more|More (?:information|details)|Refer to|Please (?:see|refer|read))\b"
    rf"[^.!?\n{_START}]{{0,80}}"
    rf"(?:{_START}[^{_START}{_END}\n]*{_END}[\"').]*(?:,?(?: and| or)? [\"'(]*)?)+"
    r"(?:(?:for|in|on|of) [^.!?\n]{0,80})?[.!?]?[\"')]*(?=\s+[^a-z\s]|\s*$) ?",
    re.MULTILINE,
)
"""A sentence that only points to a page, which a model can't open."""
_BLANKS = re.compile(r" +(?=\n|$)|(\n\n)\n+")
_UNMARKED = {ord(mark): None for mark in (_START, _END)}


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """Return the words of a text in Markdown.

    Links become their text, pictures their description, admonitions and HTML their
    words; bold marks go. Lists stay, and so do the first lines of code and of tables.
    """
    many = _BRACKETS.match(text)
    text = text[: min(_READ, many.end() - 1 if many else _READ)]
    if not _MARKUP.search(text):
        return text
    text = _ALERT_IN_LINE.sub(lambda match: f"{match[1].capitalize()}: ", text)
    text = _ADMONITION.sub(_words_of_admonition, _OPEN_LINK.sub(r"\1 …", text))
    marked_text = "\n\n".join(_blocks(_parse(html_text(text))))
    shorter_text = _BLANKS.sub(r"\1", _POINTER.sub("", marked_text)).strip()
    return (shorter_text or marked_text).translate(_UNMARKED).strip()


def _parse(text: str) -> SyntaxTreeNode:
    # Most runs need no parser, and importing it takes time.
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(_parser().parse(text))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False, "maxNesting": _NESTING}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])


def _words_of_admonition(match: re.Match[str]) -> str:
    word = (match[2] or match[3] or "").capitalize()
    return f"{match[1] or ''}{word}{':' if word else ''}"


def _blocks(node: SyntaxTreeNode) -> Iterator[str]:
    for child in node.children:
        text = _block(child)
        if text.strip():
            yield text


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "paragraph" | "heading":
            return "".join(map(_inline, node.children))
        case "bullet_list":
            return "\n".join(_item(item, "- ") for item in node.children)
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            items = enumerate(node.children, first)
            return "\n".join(_item(item, f"{number}. ") for number, item in items)
        case "fence" | "code_block":
            return f"```\n{_first_lines(node.content.rstrip())}\n```"
        case "table":
            return _first_lines("\n".join(_rows(node)))
        case _:
            return "\n\n".join(_blocks(node))


def _item(node: SyntaxTreeNode, mark: str) -> str:
    text = "\n".join(_blocks(node))
    return mark + text.replace("\n", "\n" + " " * len(mark))


def _rows(table: SyntaxTreeNode) -> Iterator[str]:
    for part in table.children:
        for row in part.children:
            cells = ("".join(map(_inline, cell.children)) for cell in row.children)
            yield " | ".join(cells)


def _first_lines(text: str) -> str:
    lines = text.splitlines()
    more = ["…"] if len(lines) > _LINES else []
    return "\n".join([*islice(lines, _LINES), *more])


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return f"`{node.content}`"
        case "text":
            return node.content.translate(_UNMARKED)
        case "link" if node.children:
            return f"{_START}{_inlines(node)}{_END}"
        case "em" | "strong" if node.markup != "**":
            # Such marks may be part of a name, without blanks: `__init__`, `*.txt`.
            inner = _inlines(node)
            return inner if " " in inner else f"{node.markup}{inner}{node.markup}"
        case _:
            return _inlines(node)


def _inlines(node: SyntaxTreeNode) -> str:
    return "".join(map(_inline, node.children))


_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}")
"""The whole of an example that a program was to fill in."""
_SCALAR = re.compile(r"-?[0-9]+(\.[0-9]+)?|true|false|null")
"""A text that is read as another value without its quotes."""


def illustrate(text: str, example: str | None) -> str:
    """Return a text with an example in JSON, unless it mentions the value already."""
    example_text = _example_text(json.loads(example)) if example else ""
    return text if example_text in text else f"{text} E.g. {example_text}".strip()


def _example_text(example: Plain) -> str:
    """Return an example in words; of a list, the first item shows its form."""
    match example:
        case str() if _PLACEHOLDER.fullmatch(example):
            return ""
        case str() if _SCALAR.fullmatch(example):
            return json.dumps(example)
        case str():
            return " ".join(example.split())
        case [first, *others]:
            return f"[{_example_text(first)}{', …' if others else ''}]"
        case _:
            return json.dumps(example, ensure_ascii=False)


def listed_text(text: str | None, example: str | None) -> str | None:
    """Return the description of an argument or a member as models read it."""
    return illustrate(plain(text or ""), example) or None


def first_sentence(text: str, limit: int) -> str:
    """Return the first sentence of a description, on one line."""
    line = " ".join(plain(text).split())
    end = SENTENCE_END.search(line)
    return shorten(line[: end.end()] if end else line, limit)


def informative_text(name: str, description: str | None, limit: int) -> str | None:
    """Return the first sentence of a description, None if its name says as much.

    A name says as much if it has all words of the sentence but articles and the like.
    """
    sentence = first_sentence(description or "", limit).removesuffix(".")
    known_words = {_stem(word) for word in words(name)} | _COMMON_WORDS
    is_more = {_stem(word) for word in words(sentence)} - known_words
    return sentence if is_more else None


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")
