"""The files of a skill: in a directory of the spec, or only where it is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.names import slug
from naftiko_gen.resolve.served_files import ABSOLUTE, ServedFile, ServedFiles
from naftiko_gen.syntax.files import UnusableLocationError, relative

SKILL_FILE = "SKILL.md"
"""The file that hosts of agents load."""
_FOREIGN_NAMES = {"skill.md", "agents.md", "claude.md", "gemini.md"}
"""Files that hosts of agents obey by their names, wherever they are."""
_FOREIGN_DIRECTORY = "agents"
"""Its files may name tools, servers and models."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PARENTS = re.compile(r"^(?:\.\./)+")


@dataclass(frozen=True)
class SkillDirectory:
    """The files that a skill names, and those of them that the package copies."""

    named: tuple[ir.SkillFile, ...] = ()
    served: tuple[ServedFile, ...] = ()

    @property
    def document(self) -> bytes | None:
        """Return the author's own `SKILL.md`."""
        return next((f.content for f in self.served if f.path == SKILL_FILE), None)

    @property
    def own(self) -> tuple[ir.OwnFile, ...]:
        """Return the files beside `SKILL.md`."""
        others = (file for file in self.served if file.path != SKILL_FILE)
        return tuple(ir.OwnFile(file.path, file.content) for file in others)


def read_files(
    skill: models.Skill, reader: ServedFiles, report: Report
) -> SkillDirectory:
    """Read the directory of a skill; name the files of one that is elsewhere."""
    if skill.location is None:
        return SkillDirectory()
    span = skill.at("location")
    directory = _absolute(skill.location)
    if directory is not None:
        _check_installed(directory, skill, span, report)
        return SkillDirectory(tuple(_installed_files(directory, skill)))
    problem = _relative_problem(skill.location)
    if problem:
        _report_directory(skill, problem, span, report)
        return SkillDirectory()
    files = reader.directory(skill.location, span)
    if files is None:
        message = f"the directory {quote(skill.location)} doesn't exist"
        report.add(Code.IGNORED_INSTRUCTION, message, span)
        return SkillDirectory()
    _check_names(files, skill, report)
    return SkillDirectory(tuple(_copied_files(files, skill, report)), files)


def check_instruction(tool: models.SkillTool, report: Report) -> None:
    """Report an instruction file outside of the directory of its skill."""
    path = tool.instruction
    if path is None:
        return
    problem = _problem(path) or ("is absolute" if path.startswith("/") else None)
    if problem:
        message = f"the file {quote(path)} {problem}"
        report.add(Code.UNUSABLE_LOCATION, message, tool.at("instruction"))


# --- copied files ---


def _copied_files(
    files: tuple[ServedFile, ...], skill: models.Skill, report: Report
) -> Iterator[ir.SkillFile]:
    """Yield the instruction files of a skill's tools, and then its other files."""
    paths = dict.fromkeys(file.path for file in files)
    named_paths = {SKILL_FILE}
    for tool in skill.tools:
        if tool.instruction is None:
            continue
        path = str(PurePosixPath(tool.instruction))
        if path in paths:
            named_paths.add(path)
            yield ir.SkillFile(path, tool.description, tool.name, path)
        elif paths:
            message = f"the file {quote(tool.instruction)} doesn't exist"
            report.add(Code.IGNORED_INSTRUCTION, message, tool.at("instruction"))
    yield from (ir.SkillFile(path) for path in paths if path not in named_paths)


def _check_names(
    files: tuple[ServedFile, ...], skill: models.Skill, report: Report
) -> None:
    """Report files that hosts of agents obey besides the skill's own `SKILL.md`."""
    for file in files:
        *directories, name = file.path.casefold().split("/")
        is_foreign = name in _FOREIGN_NAMES or _FOREIGN_DIRECTORY in directories
        if is_foreign and file.path != SKILL_FILE:
            subject = f"{quote(skill.location)} has {quote(file.path)}"
            message = f"{subject}, a file that hosts of agents obey"
            report.add(Code.UNUSABLE_FILE, message, skill.at("location"))


def _relative_problem(location: str) -> str | None:
    """Return why a location isn't a path from the spec's directory, or None.

    Where `../` leads is known once the path is resolved.
    """
    try:
        path = relative(location)
    except UnusableLocationError as fault:
        return str(fault)
    return _problem(_PARENTS.sub("", path, count=1))


# --- installed files ---


def _absolute(location: str) -> str | None:
    """Return the absolute directory of a location, None if it is relative."""
    if location.startswith("/"):
        return location.rstrip("/")
    match = ABSOLUTE.match(location)
    return f"/{location[match.end() :]}".rstrip("/") if match else None


def _installed_files(directory: str, skill: models.Skill) -> Iterator[ir.SkillFile]:
    """Yield the directory of a skill, and the instruction files of its tools."""
    yield ir.SkillFile(f"{directory}/")
    for tool in skill.tools:
        if tool.instruction is not None:
            path = f"{directory}/{tool.instruction}"
            yield ir.SkillFile(path, tool.description, tool.name, tool.instruction)


def _check_installed(
    directory: str, skill: models.Skill, span: Span, report: Report
) -> None:
    """Report an absolute directory that isn't the skill's own.

    Agent hosts keep each skill in a directory of its name, below `skills`.
    """
    problem = _problem(directory) or (None if directory else "names no directory")
    names = (skill.name, slug(skill.name))
    endings = (f"{start}skills/{name}" for name in names if name for start in "/-")
    if not problem and not directory.endswith(tuple(endings)):
        problem = f"is absolute and doesn't end in {quote(f'skills/{skill.name}')}"
    if problem:
        _report_directory(skill, problem, span, report)


def _report_directory(
    skill: models.Skill, problem: str, span: Span, report: Report
) -> None:
    message = f"the directory {quote(skill.location)} {problem}"
    report.add(Code.UNUSABLE_LOCATION, message, span)


# --- paths ---


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
