"""Agent Skills: their permissions, their files, and the author's own `SKILL.md`.

That may be a stranger's, and hosts of agents obey it: its front matter grants nothing,
and its text commands nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Origin, Report, Span, quote, suggestion
from naftiko_gen.language import models
from naftiko_gen.language.names import skill_name, slug
from naftiko_gen.resolve.exposed.exposure import ByName
from naftiko_gen.resolve.exposed.names import humanise, note_description
from naftiko_gen.resolve.guards import GuardResolver
from naftiko_gen.resolve.served_files import ABSOLUTE, ServedFile, ServedFiles
from naftiko_gen.resolve.units import Name
from naftiko_gen.syntax import reader
from naftiko_gen.syntax.files import UnusableLocationError, relative
from naftiko_gen.syntax.readable import disarm_markdown
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, with_origin

_ENTRY = re.compile(r"[^\s,(]*(?:\([^)]*\)?)|[^\s,(]+")
"""An entry of `allowed-tools`; parentheses restrict it to some arguments."""
_NAME = re.compile(r"(?!mcp__)[A-Za-z0-9][A-Za-z0-9_-]*", re.IGNORECASE)
_TOOLS_OF_AGENTS = frozenset(
    (
        *("agent", "applypatch", "bash", "bashoutput", "browser", "cmd", "command"),
        *("computer", "createfile", "deletefile", "edit", "editfile", "exec"),
        *("execute", "executecommand", "exitplanmode", "fetch", "glob", "grep"),
        *("killbash", "killshell", "listdirectory", "ls", "multiedit", "notebookedit"),
        *("notebookread", "powershell", "pwsh", "python", "read", "readfile"),
        *("readmanyfiles", "replace", "run", "runcommand", "runshellcommand"),
        *("runterminalcmd", "runinterminal", "search", "sh", "shell", "skill"),
        *("slashcommand", "strreplacebasededittool", "strreplaceeditor", "task"),
        *("terminal", "todowrite", "view", "web", "webfetch", "websearch", "write"),
        *("writefile", "zsh"),
    )
)
"""Names of agents' built-in tools, without case and punctuation.

An agent would take a tool of the package with such a name for its own.
"""


def allowed_tools(
    skill: models.Skill, exposed: Iterable[str], report: Report
) -> Iterator[str]:
    """Yield the allowed tools that belong to the skill; report the others.

    A skill without tools has all tools of the package.
    """
    own = _own(skill) if skill.tools else {*exposed}
    for name in dict.fromkeys(_ENTRY.findall(skill.allowed_tools or "")):
        if name in own and _is_of_package(name):
            yield name
        else:
            message = f"{quote(name)} is ignored: this skill has no such tool"
            report.add(Code.IGNORED_PERMISSION, message, skill.at("allowed-tools"))


def _own(skill: models.Skill) -> set[str]:
    sources = [(tool.name, tool.source) for tool in skill.tools if tool.source]
    return {name for tool, source in sources for name in (tool, source.action)}


def _is_of_package(name: str) -> bool:
    letters = re.sub("[_-]", "", name).lower()
    return _NAME.fullmatch(name) is not None and letters not in _TOOLS_OF_AGENTS


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


_GUESSED = 50
"""Unknown tools up to which a hint is worth the time of comparing names."""


def check_names(adapters: Sequence[models.Adapter], slug: str, report: Report) -> None:
    """Report skills that are renamed, and skills that would share a directory."""
    owners: dict[str, str] = {}
    catalogues = ir.of_kind(models.Skills, adapters)
    for skill in (skill for adapter in catalogues for skill in adapter.skills):
        span, name = skill.at("name"), skill_name(skill.name, slug)
        if name in owners:
            both = f"{quote(skill.name)} and {quote(owners[name])}"
            message = f"{both} both become the skill {quote(name)}"
            report.add(Code.DUPLICATE_SKILL, message, span)
        elif name != skill.name:
            message = f"the skill {quote(skill.name)} is renamed to {quote(name)}"
            report.add(Code.SKILL_NAME, message, span)
        owners.setdefault(name, skill.name)


@dataclass(frozen=True)
class SkillResolver:
    """Resolver of skills; `units` are the routes and tools by name."""

    units: ByName
    left_out: Collection[Name]
    guards: GuardResolver
    served: ServedFiles
    report: Report

    def adapters(
        self, adapters: Sequence[models.Adapter]
    ) -> Iterator[ir.SkillAdapter | ir.SkillServer]:
        """Yield the adapters with skills, and a server of each that has a port."""
        for adapter in ir.of_kind(models.Skills, adapters):
            skills = tuple(self._skills(adapter))
            if skills:
                yield ir.SkillAdapter(skills)
            if skills and adapter.port is not None:
                guard = self.guards.guard(adapter)
                yield ir.SkillServer(adapter.namespace, adapter.port, skills, guard)

    def _skills(self, adapter: models.Skills) -> Iterator[ir.Skill]:
        """Yield the skills of an adapter, except those whose tools are all left out.

        Without tools, a skill would cover the whole capability.
        """
        for skill in adapter.skills:
            tools = tuple(_tools(skill, self.units, self.left_out, self.report))
            sources = [_name(tool.source) for tool in skill.tools if tool.source]
            if not tools and any(name in self.left_out for name in sources):
                continue
            note_description(skill, self.report)
            yield self._skill(skill, tools)

    def _skill(self, model: models.Skill, tools: tuple[ir.SkillTool, ...]) -> ir.Skill:
        files = read_files(model, self.served, self.report)
        skill, text = self._with_own_document(model, files)
        names = (name for _, name in self.units)
        return ir.Skill(
            skill.name,
            skill.description or humanise(skill.name),
            tools,
            ir.SkillHeader(
                skill.license,
                skill.compatibility,
                tuple(_metadata(skill, self.report)),
                tuple(allowed_tools(skill, names, self.report)),
                skill.argument_hint,
                skill.user_invocable,
                not skill.model_invocation_off,
            ),
            files.named,
            files.own,
            text,
        )

    def _with_own_document(
        self, skill: models.Skill, files: SkillDirectory
    ) -> tuple[models.Skill, str | None]:
        """Return a skill with the keys and the text of the author's own `SKILL.md`."""
        if files.document is None or skill.location is None:
            return skill, None
        span = skill.at("location")
        origin = Origin(self.served.name(skill.location, SKILL_FILE, span), span)
        return with_front_matter(skill, files.document, origin, self.report)


def _metadata(skill: models.Skill, report: Report) -> Iterator[tuple[str, str]]:
    """Yield the metadata that Agent Skills allow: texts."""
    for entry in skill.metadata.entries if skill.metadata else ():
        if isinstance(entry.value, Scalar) and entry.value.value is not None:
            yield entry.key, ir.as_text(entry.value.value)
        else:
            message = f"the metadata {quote(entry.key)} is ignored: it isn't a text"
            report.add(Code.IGNORED_KEY, message, entry.span)


def _tools(
    skill: models.Skill, units: ByName, left_out: Collection[Name], report: Report
) -> Iterator[ir.SkillTool]:
    for tool in skill.tools:
        if tool.source is None:
            check_instruction(tool, report)
            if tool.instruction is None or skill.location is None:
                message = (
                    f"{quote(tool.name)} is ignored: it is a file without a location"
                )
                report.add(Code.IGNORED_INSTRUCTION, message, tool.at("name"))
            continue
        unit = units.get(_name(tool.source))
        if unit is None and _name(tool.source) in left_out:
            # The route or tool has a diagnostic of its own.
            continue
        if unit is None:
            _report_unknown(tool.source, units, report)
        else:
            note_description(tool, report)
            description = tool.description or unit.description
            yield ir.SkillTool(tool.name, description, unit)


def _name(source: models.Source) -> Name:
    return source.namespace, source.action


def _report_unknown(source: models.Source, units: ByName, report: Report) -> None:
    name = f"{source.namespace}.{source.action}"
    message = f"no adapter exposes {quote(name)}"
    is_few = report.times(Code.UNKNOWN_SKILL_TOOL) < _GUESSED
    hint = suggestion(name, [".".join(key) for key in units]) if is_few else None
    report.add(Code.UNKNOWN_SKILL_TOOL, message, source.at("action"), hint)


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
