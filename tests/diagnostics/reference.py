"""`docs/diagnostics.md`: every code, its meaning, and an example."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cases import PREPARED, example, expected

from naftiko_gen.diagnostics.report import Code, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """\
# Diagnostics

There are {errors} errors, {warnings} warnings and {notes} notes. Nothing is written
for a document with an error. A warning is a guess about a URL, a payload or an access
right; a note is any other assumption. `--strict` makes errors of both, `-v` shows the
lines of notes, `-q` errors alone, `--format json`, `github` and `sarif` are for
programs. `naftiko-gen --explain CODE` prints an entry of this page. Codes are stable;
messages aren't.

This page is made of the table of codes and of a case for each; a test keeps it true.

"""
_TABLE = "| code | severity | meaning |\n| --- | --- | --- |\n"


def page() -> str:
    """Return the page as the codes and their cases make it."""
    counts = {f"{severity.value}s": _count(severity) for severity in Severity}
    rows = "".join(map(_row, Code))
    return _HEAD.format_map(counts) + _TABLE + rows + "".join(map(_section, Code))


def _count(severity: Severity) -> int:
    return sum(code.severity is severity for code in Code)


def _row(code: Code) -> str:
    link = f"[`{code.slug}`](#{code.slug})"
    return f"| {link} | {code.severity.value} | {_prose(code.meaning)} |\n"


def _section(code: Code) -> str:
    return f"\n## {code.slug}\n\n" + "\n\n".join(_paragraphs(code)) + "\n"


def _paragraphs(code: Code) -> Iterator[str]:
    yield _prose(f"{code.severity.value.capitalize()}. {code.meaning} {code.remedy}")
    if code not in PREPARED:
        name = example(code).name
        yield f"[Example](../tests/diagnostics/{code.slug}/{name}):"
    yield f"```text\n{expected(code).read_text('utf-8').rstrip()}\n```"


def _prose(text: str) -> str:
    """Return a text in which nothing but the backquotes is markup."""
    parts = re.split("(`[^`]*`)", text)
    return "".join(
        p if p.startswith("`") else re.sub(r"([*<|])", r"\\\1", p) for p in parts
    )
