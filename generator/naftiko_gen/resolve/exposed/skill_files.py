"""Installation paths of a skill's files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.language import models
from naftiko_gen.language.names import slug

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

_FILE = re.compile(r"file:(?://(?=/|\./))?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def files(skill: models.Skill, report: Report) -> Iterator[ir.SkillFile]:
    """Yield the directory of a skill, and the instruction files of its tools."""
    if skill.location is None:
        return
    span = skill.node.value_span("location")
    directory = _FILE.sub("", skill.location, count=1).rstrip("/")
    _check_directory(directory, skill, span, report)
    yield ir.SkillFile(f"{directory}/")
    for tool in skill.tools:
        if tool.instruction is not None:
            path = f"{directory}/{tool.instruction}"
            yield ir.SkillFile(path, tool.description, tool.name, tool.instruction)


def check_instruction(tool: models.SkillTool, report: Report) -> None:
    """Report an instruction file outside of the directory of its skill."""
    path = tool.instruction
    if path is None:
        return
    problem = _problem(path) or ("is absolute" if path.startswith("/") else None)
    if problem:
        span = tool.node.value_span("instruction")
        message = f"the file {quote(path)} {problem}"
        report.add(Code.UNUSABLE_LOCATION, message, span)


def check_links(capability: models.Capability, base: Path, report: Report) -> None:
    """Report skill files that symbolic links lead out of the spec's directory."""
    for adapter in capability.exposes:
        for skill in adapter.skills if isinstance(adapter, models.Skills) else ():
            for path, span in _relative_paths(skill):
                if _problem(path) is None and _is_outside(path, base):
                    message = f"{quote(path)} leads out of the spec's directory"
                    report.add(Code.UNUSABLE_LOCATION, message, span)


def _relative_paths(skill: models.Skill) -> Iterator[tuple[str, Span]]:
    """Yield a skill's directory and files if they are relative to the spec."""
    directory = _FILE.sub("", skill.location or "/", count=1)
    if directory.startswith("/"):
        return
    yield directory, skill.node.value_span("location")
    for tool in skill.tools:
        if tool.instruction is not None:
            span = tool.node.value_span("instruction")
            yield f"{directory}/{tool.instruction}", span


def _is_outside(path: str, base: Path) -> bool:
    """Return whether a path leads out of the base; a circle of links does."""
    try:
        return not (base / path).resolve().is_relative_to(base.resolve())
    except (OSError, RuntimeError, ValueError):
        return True


def _check_directory(
    directory: str, skill: models.Skill, span: Span, report: Report
) -> None:
    """Report a directory that is neither below the spec nor the skill's own.

    Agent hosts keep each skill in a directory of its name, below `skills`.
    """
    problem = _problem(directory) or (None if directory else "names no directory")
    if not problem and directory.startswith("/") and not _is_own(directory, skill):
        problem = f"is absolute and doesn't end in {quote(f'skills/{skill.name}')}"
    if problem:
        message = f"the directory {quote(skill.location)} {problem}"
        report.add(Code.UNUSABLE_LOCATION, message, span)


def _is_own(directory: str, skill: models.Skill) -> bool:
    names = (skill.name, slug(skill.name))
    endings = (f"{start}skills/{name}" for name in names if name for start in "/-")
    return directory.endswith(tuple(endings))


def _problem(path: str) -> str | None:
    """Return why a path may leave its directory, also once decoded, or None."""
    decoded_path = unquote(unquote(path))
    if _SCHEME.match(decoded_path):
        return "has a scheme or a drive"
    if "\\" in decoded_path or decoded_path.startswith(("~", "//", "$")):
        return "isn't a plain path"
    if _CONTROL.search(path + decoded_path):
        return "holds control characters"
    if ".." in decoded_path.split("/"):
        return "leaves its directory"
    return None
