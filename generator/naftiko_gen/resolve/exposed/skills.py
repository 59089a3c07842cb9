"""Agent Skills: their permissions, their files, and the author's own `SKILL.md`.

That may be a stranger's, and hosts of agents obey it: its front matter grants nothing,
and its text commands nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
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
_FRONT_MATTER = re.compile(r"(?ms)---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)")
_TEXTS = {"description", "license", "compatibility", "argument-hint", "allowed-tools"}
_SWITCHES = {"user-invocable": False, "disable-model-invocation": True}
"""The values that take away a way to start the skill."""
_SKILL_FILE = "SKILL.md"
"""The file that hosts of agents load."""
_FOREIGN_NAMES = {"skill.md", "agents.md", "claude.md", "gemini.md"}
"""Files that hosts of agents obey by their names, wherever they are."""
_FOREIGN_DIRECTORY = "agents"
"""Its files may name tools, servers and models."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PARENTS = re.compile(r"^(?:\.\./)+")
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
            read_skills = (
                _SkillReader(skill, self).skill() for skill in adapter.skills
            )
            skills = tuple(skill for skill in read_skills if skill)
            if skills:
                yield ir.SkillAdapter(skills)
            if skills and adapter.port is not None:
                guard = self.guards.guard(adapter)
                yield ir.SkillServer(adapter.namespace, adapter.port, skills, guard)


@dataclass(frozen=True)
class _SkillReader:
    """Reader of one skill: its tools, its files, and its own `SKILL.md`."""

    model: models.Skill
    known: SkillResolver

    def _note(self, code: Code, message: str, at: Span | str) -> None:
        span = self.model.at(at) if isinstance(at, str) else at
        self.known.report.add(code, message, span)

    def skill(self) -> ir.Skill | None:
        """Return the skill, None if its tools are all left out.

        Without tools, a skill would cover the whole capability.
        """
        tools = tuple(self._tools())
        sources = [_name(tool.source) for tool in self.model.tools if tool.source]
        if not tools and any(name in self.known.left_out for name in sources):
            return None
        note_description(self.model, self.known.report)
        copied_files = self._served_files()
        named_files = tuple(self._named_files(copied_files))
        contents = {file.path: file.content for file in copied_files or ()}
        document = contents.pop(_SKILL_FILE, None)
        skill, text = self._with_document(document)
        return ir.Skill(
            skill.name,
            skill.description or humanise(skill.name),
            tools,
            ir.SkillHeader(
                skill.license,
                skill.compatibility,
                tuple(self._metadata(skill)),
                tuple(self._allowed_tools(skill)),
                skill.argument_hint,
                skill.user_invocable,
                not skill.model_invocation_off,
            ),
            named_files,
            tuple(starmap(ir.OwnFile, contents.items())),
            text,
        )

    # --- tools and permissions ---

    def _tools(self) -> Iterator[ir.SkillTool]:
        report = self.known.report
        for tool in self.model.tools:
            if tool.source is None:
                self._check_instruction(tool)
                continue
            unit = self.known.units.get(_name(tool.source))
            if unit is not None:
                note_description(tool, report)
                description = tool.description or unit.description
                yield ir.SkillTool(tool.name, description, unit)
            elif _name(tool.source) not in self.known.left_out:
                # A route or tool that is left out has a diagnostic of its own.
                name = ".".join(_name(tool.source))
                is_few = report.times(Code.UNKNOWN_SKILL_TOOL) < _GUESSED
                units = [".".join(key) for key in self.known.units] if is_few else []
                message, span = f"no adapter exposes {quote(name)}", tool.source.at(
                    "action"
                )
                report.add(
                    Code.UNKNOWN_SKILL_TOOL, message, span, suggestion(name, units)
                )

    def _check_instruction(self, tool: models.SkillTool) -> None:
        """Report an instruction file outside of the directory of its skill."""
        path = tool.instruction
        problem = path and (_problem(path) or (path.startswith("/") and "is absolute"))
        if problem:
            message, span = f"the file {quote(path)} {problem}", tool.at("instruction")
            self._note(Code.UNUSABLE_LOCATION, message, span)
        if path is None or self.model.location is None:
            message = f"{quote(tool.name)} is ignored: it is a file without a location"
            self._note(Code.IGNORED_INSTRUCTION, message, tool.at("name"))

    def _allowed_tools(self, skill: models.Skill) -> Iterator[str]:
        """Yield the allowed tools that belong to the skill; report the others.

        A skill without tools has all tools of the package.
        """
        sources = [(tool.name, tool.source) for tool in skill.tools if tool.source]
        own = {name for tool, source in sources for name in (tool, source.action)}
        exposed = own if skill.tools else {name for _, name in self.known.units}
        for name in dict.fromkeys(_ENTRY.findall(skill.allowed_tools or "")):
            if name in exposed and _is_of_package(name):
                yield name
            else:
                message = f"{quote(name)} is ignored: this skill has no such tool"
                self._note(Code.IGNORED_PERMISSION, message, skill.at("allowed-tools"))

    def _metadata(self, skill: models.Skill) -> Iterator[tuple[str, str]]:
        """Yield the metadata that Agent Skills allow: texts."""
        for entry in skill.metadata.entries if skill.metadata else ():
            if isinstance(entry.value, Scalar) and entry.value.value is not None:
                yield entry.key, ir.as_text(entry.value.value)
            else:
                message = f"the metadata {quote(entry.key)} is ignored: it isn't a text"
                self._note(Code.IGNORED_KEY, message, entry.span)

    # --- the author's own document ---

    def _with_document(self, content: bytes | None) -> tuple[models.Skill, str | None]:
        """Return the skill with the keys of its own `SKILL.md`, and the text after."""
        if content is None or self.model.location is None:
            return self.model, None
        span = self.model.at("location")
        file = self.known.served.name(self.model.location, _SKILL_FILE, span)
        origin = Origin(file, span)
        try:
            decoded_text = content.decode("utf-8-sig")
        except ValueError:
            self._note(Code.UNUSABLE_FILE, f"{quote(file)} isn't text in UTF-8", span)
            return self.model, None
        text = "\n".join([*decoded_text.splitlines(), ""])
        match = _FRONT_MATTER.match(text)
        start = match.end() if match else 0
        body = text[start:]
        self._warn_of_commands(body, text.count("\n", 0, start) + 1, origin)
        if match is None or not match[1].strip():
            return self.model, body
        own_report = Report(file)
        # The first line of the front matter is the second one of the file.
        front = reader.load(f"\n{match[1]}".encode(), own_report)
        self.known.report.include(own_report, origin, quoting=True)
        return (
            self._with_keys(with_origin(front, origin)) if front else self.model
        ), body

    def _with_keys(self, front: Mapping) -> models.Skill:
        """Return the skill with the keys of its front matter in place of its own."""
        skill = self.model
        if front.text("name") not in (None, skill.name):
            message = f"'name' of SKILL.md is ignored: the spec has {quote(skill.name)}"
            self._note(Code.IGNORED_KEY, message, front.value_span("name"))
        values = dict(self._values(front))
        fields = models.Skill.model_fields.items()
        names = {field.alias or name: name for name, field in fields}
        others = skill.node.drop(*(entry.key for entry in values))
        node = others.with_entries((*others.entries, *values))
        new = {names[entry.key]: value for entry, value in values.items()}
        return skill.model_copy(update={**new, "node": node})

    def _values(self, front: Mapping) -> Iterator[tuple[Entry, object]]:
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
                    self._note(Code.IGNORED_PERMISSION, message, entry.span)

    def _warn_of_commands(self, text: str, first_line: int, origin: Origin) -> None:
        """Report the first line that hosts of agents would obey."""
        lines, quiet_lines = text.split("\n"), disarm_markdown(text).split("\n")
        pairs = enumerate(zip(lines, quiet_lines, strict=True), first_line)
        loud = next(((no, line) for no, (line, quiet) in pairs if line != quiet), None)
        if loud:
            message = "text that hosts of agents obey, or that nobody sees, is escaped"
            span = Span(loud[0], 1, max(len(loud[1]), 1), origin)
            self._note(Code.IGNORED_PERMISSION, message, span)

    # --- files ---

    def _served_files(self) -> Collection[ServedFile] | None:
        """Return the files to copy; None if there are none, or they are elsewhere."""
        location = self.model.location
        if location is None:
            return None
        directory = _absolute(location)
        if directory is None:
            problem = _relative_problem(location)
        else:
            problem = self._installed_problem(directory)
        if problem:
            message = f"the directory {quote(location)} {problem}"
            self._note(Code.UNUSABLE_LOCATION, message, "location")
        if problem or directory is not None:
            return None
        files = self.known.served.directory(location, self.model.at("location"))
        if files is None:
            message = f"the directory {quote(location)} doesn't exist"
            self._note(Code.IGNORED_INSTRUCTION, message, "location")
        for file in files or ():
            *directories, name = file.path.casefold().split("/")
            is_foreign = name in _FOREIGN_NAMES or _FOREIGN_DIRECTORY in directories
            if is_foreign and file.path != _SKILL_FILE:
                subject = f"{quote(location)} has {quote(file.path)}"
                message = f"{subject}, a file that hosts of agents obey"
                self._note(Code.UNUSABLE_FILE, message, "location")
        return files

    def _named_files(
        self, files: Collection[ServedFile] | None
    ) -> Iterator[ir.SkillFile]:
        """Yield the instruction files of the tools beside the others of the skill."""
        directory = _absolute(self.model.location or "")
        if directory is not None:
            yield ir.SkillFile(f"{directory}/")
        paths = dict.fromkeys(file.path for file in files or ())
        others = {path for path in paths if path != _SKILL_FILE}
        for tool in self.model.tools:
            if tool.instruction is None:
                continue
            path = str(PurePosixPath(tool.instruction))
            if directory is not None:
                file = f"{directory}/{tool.instruction}"
                yield ir.SkillFile(file, tool.description, tool.name, tool.instruction)
            elif path in paths:
                others.discard(path)
                yield ir.SkillFile(path, tool.description, tool.name, path)
            elif paths:
                message = f"the file {quote(tool.instruction)} doesn't exist"
                self._note(Code.IGNORED_INSTRUCTION, message, tool.at("instruction"))
        yield from (ir.SkillFile(path) for path in paths if path in others)

    def _installed_problem(self, directory: str) -> str | None:
        """Return why an absolute directory isn't the skill's own, or None.

        Agent hosts keep each skill in a directory of its name, below `skills`.
        """
        problem = _problem(directory) or (None if directory else "names no directory")
        names = (self.model.name, slug(self.model.name))
        endings = (f"{start}skills/{name}" for name in names if name for start in "/-")
        if problem or directory.endswith(tuple(endings)):
            return problem
        own = quote(f"skills/{self.model.name}")
        return f"is absolute and doesn't end in {own}"


def _name(source: models.Source) -> Name:
    return source.namespace, source.action


def _is_of_package(name: str) -> bool:
    letters = re.sub("[_-]", "", name).lower()
    return _NAME.fullmatch(name) is not None and letters not in _TOOLS_OF_AGENTS


def _relative_problem(location: str) -> str | None:
    """Return why a location isn't a path from the spec's directory, or None.

    Where `../` leads is known once the path is resolved.
    """
    try:
        path = relative(location)
    except UnusableLocationError as fault:
        return str(fault)
    return _problem(_PARENTS.sub("", path, count=1))


def _absolute(location: str) -> str | None:
    """Return the absolute directory of a location, None if it is relative."""
    if location.startswith("/"):
        return location.rstrip("/")
    match = ABSOLUTE.match(location)
    return f"/{location[match.end() :]}".rstrip("/") if match else None


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
