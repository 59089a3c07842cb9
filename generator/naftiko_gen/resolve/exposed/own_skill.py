"""An author's own `SKILL.md`.

It may be a stranger's, and hosts of agents obey it: its front matter grants nothing,
and its text commands nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Origin, Span
from naftiko_gen.language import models
from naftiko_gen.syntax import reader
from naftiko_gen.syntax.agent_marks import disarm_markdown
from naftiko_gen.syntax.tree import Mapping, Scalar, with_origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.syntax.tree import Entry

_FRONT_MATTER = re.compile(r"(?ms)---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)")
_TEXTS = {"description", "license", "compatibility", "argument-hint", "allowed-tools"}
_SWITCHES = {"user-invocable": False, "disable-model-invocation": True}
"""The values that take away a way to start the skill."""


def with_front_matter(
    skill: models.Skill, content: bytes, origin: Origin, report: Report
) -> tuple[models.Skill, str | None]:
    """Return a skill with the keys of its own `SKILL.md`, and the text after them."""
    try:
        decoded_text = content.decode("utf-8-sig")
    except ValueError:
        message = f"{quote(origin.file)} isn't text in UTF-8"
        report.add(Code.UNUSABLE_FILE, message, origin.imported_at)
        return skill, None
    text = "\n".join([*decoded_text.splitlines(), ""])
    match = _FRONT_MATTER.match(text)
    if match is None:
        _warn_of_commands(text, 1, origin, report)
        return skill, text
    body = text[match.end() :]
    _warn_of_commands(body, text.count("\n", 0, match.end()) + 1, origin, report)
    front = _load(match[1], origin, report)
    return (_with_keys(skill, front, report) if front else skill), body


def _with_keys(skill: models.Skill, front: Mapping, report: Report) -> models.Skill:
    """Return a skill with the keys of its front matter in place of its own ones."""
    if front.text("name") not in (None, skill.name):
        message = f"'name' of SKILL.md is ignored: the spec has {quote(skill.name)}"
        report.add(Code.IGNORED_KEY, message, front.value_span("name"))
    values = dict(_values(front, report))
    fields = models.Skill.model_fields.items()
    names = {field.alias or name: name for name, field in fields}
    others = skill.node.drop(*(entry.key for entry in values))
    node = others.with_entries((*others.entries, *values))
    new = {names[entry.key]: value for entry, value in values.items()}
    return skill.model_copy(update={**new, "node": node})


def _load(text: str, origin: Origin, report: Report) -> Mapping | None:
    """Return the front matter, whose first line is the second one of the file."""
    if not text.strip():
        return None
    own_report = Report(origin.file)
    node = reader.load(f"\n{text}".encode(), own_report)
    report.include(own_report, origin, quoting=True)
    return with_origin(node, origin) if node else None


def _values(front: Mapping, report: Report) -> Iterator[tuple[Entry, object]]:
    """Yield the keys that a skill may have with their values; report the others."""
    for entry in front.entries:
        match entry.key, entry.value:
            case ("name", _):
                pass
            case ("metadata", Mapping() as members):
                yield entry, members
            case (key, Scalar(value=str() as text)) if key in _TEXTS:
                yield entry, text
            case (key, Scalar(value=bool() as switch)) if key in _SWITCHES:
                if switch is _SWITCHES[key]:
                    yield entry, switch
            case _:
                message = f"{quote(entry.key)} of SKILL.md is left out"
                report.add(Code.IGNORED_PERMISSION, message, entry.span)


def _warn_of_commands(
    text: str, first_line: int, origin: Origin, report: Report
) -> None:
    """Report the first line that hosts of agents would obey."""
    quiet_lines = disarm_markdown(text).split("\n")
    for number, (line, quiet_line) in enumerate(
        zip(text.split("\n"), quiet_lines, strict=True)
    ):
        if line != quiet_line:
            message = "text that hosts of agents obey, or that nobody sees, is escaped"
            span = Span(first_line + number, 1, max(len(line), 1), origin)
            report.add(Code.IGNORED_PERMISSION, message, span)
            return
