"""`docs/diagnostics/README.md`: every code and its meaning, by group."""

from itertools import groupby

from examples import group_of

from naftiko_gen.diagnostics.report import Code, Severity

_HEAD = """\
# Diagnostics

There are {errors} errors, {warnings} warnings and {notes} notes. Nothing is written
for a document with an error. A warning is a guess about a URL, a payload or an access
right; a note is any other [assumption](../commands.md#assumptions). `--strict` makes
errors of both, `-v` shows the lines of notes, `-q` only errors, `--format json`,
`github` and `sarif` are for programs. `naftiko-gen --explain CODE` prints a page. Codes
are stable; messages aren't.

Each page has the meaning of a code, its remedy, and a spec with the message about it.
If `naftiko-gen fix` has an answer, the page shows its changes. Tests run the examples
and keep the pages and this list true.
"""
_TABLE = "| code | severity | meaning |\n| --- | --- | --- |\n"


def index() -> str:
    """Return the page as the codes and their pages make it."""
    counts = {f"{severity.value}s": _count(severity) for severity in Severity}
    sections = (_section(group, [*codes]) for group, codes in groupby(Code, group_of))
    return _HEAD.format_map(counts) + "".join(sections)


def _count(severity: Severity) -> int:
    return sum(code.severity is severity for code in Code)


def _section(group: str, codes: list[Code]) -> str:
    return f"\n## {group}\n\n{_TABLE}" + "".join(map(_row, codes))


def _row(code: Code) -> str:
    link = f"[`{code.slug}`]({code.slug}.md)"
    meaning = code.meaning.replace("|", "\\|")
    return f"| {link} | {code.severity.value} | {meaning} |\n"
