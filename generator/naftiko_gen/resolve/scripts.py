"""Scripts: the files of script steps, which packages copy, and the limits of both."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.portable_names import claim, is_portable
from naftiko_gen.syntax import files

LANGUAGE = "python"
MODULES = frozenset(
    (
        *("base64", "binascii", "bisect", "calendar", "cmath", "collections"),
        *("collections.abc", "copy", "csv", "dataclasses", "datetime", "decimal"),
        *("enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html", "io"),
        *("itertools", "json", "math", "numbers", "operator", "random", "re"),
        *("statistics", "string", "textwrap", "time", "typing", "unicodedata"),
        *("urllib.parse", "uuid", "zlib"),
    )
)
"""The modules that the process of a script has; it can't open the files of others."""
SIZE_LIMIT = 256 * 1024
"""The bytes that a file of a script may have."""
FILE_LIMIT = 64
"""The number of files that a script may have."""
SPEC_LIMIT = 4 * 1024 * 1024
"""The bytes that all files of a spec's scripts may have together."""

BRACE_LIMIT = 5_000
"""The number of `{` of a file; the parser takes long for many in each other."""

# Python's parser copies the start of a name at each of its dots.
_LONG_NAME = re.compile(r"(?:\.[\s\\]*\w+[\s\\]*){100}")


def fault(source: bytes) -> str | None:
    """Return why a script can't run, as the end of a sentence, or None."""
    if len(source) > SIZE_LIMIT:
        return f"has more than {SIZE_LIMIT // 1024} KiB"
    try:
        text = source.decode()
        if _LONG_NAME.search(text):
            return "isn't Python that can be parsed: a name has more than 100 parts"
        if text.count("{") > BRACE_LIMIT:
            return f"has more than {BRACE_LIMIT} opening braces"
        with warnings.catch_warnings():
            # Python would print its opinion on escapes.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return f"isn't Python: line {error.lineno} can't be parsed"
    except (ValueError, RecursionError, MemoryError):
        return "isn't Python that can be parsed"
    for name, line in _imports(tree):
        if name not in MODULES:
            return f"imports {name!r} in line {line}, which scripts can't"
    return None


def _imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield the imported modules with the lines of their imports."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((name.name, node.lineno) for name in names)
            case ast.ImportFrom(module=module, level=level, names=names):
                full = "." * level + (module or "")
                inner = {f"{full}.{name.name}" for name in names} & MODULES
                # `from urllib import parse` imports a module by its last name.
                yield from ((name, node.lineno) for name in inner or (full,))
            case _:
                pass


_SCHEME = re.compile(r"file:(?:///)?(?=\.{1,2}/)|file://(?=/)|file:(?!/)")
_DEFAULT_SECONDS = 60.0


class _UnusableError(Exception):
    """A script can't be compiled; the message is a sentence without a full stop."""


class _UnusablePlaceError(_UnusableError):
    """The location of a script has no such file."""


@dataclass
class ScriptFiles:
    """Reader of the files of scripts, all inside the spec's directory.

    Attributes:
        base: The spec's directory.
        edited: The contents to read instead of those of files, by their real paths.
        contents: The content of each file, by its path from the spec's directory.
    """

    base: Path
    report: Report
    edited: Mapping[Path, bytes] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    _directories: dict[Path, str] = field(default_factory=dict)
    _checked: dict[Path, bytes] = field(default_factory=dict)
    _claims: dict[str, str] = field(default_factory=dict)

    def scripts(
        self, units: Iterable[models.ExposedUnit], settings: models.Scripting | None
    ) -> Mapping[models.Step, ScriptBundle]:
        """Return the scripts of all steps of units; report wrong ones."""
        steps = ir.of_kind(models.ScriptStep, (s for unit in units for s in unit.steps))
        scripts = {step: self._read_script(step, settings) for step in steps}
        return {step: script for step, script in scripts.items() if script is not None}

    def _read_script(
        self, step: models.ScriptStep, settings: models.Scripting | None
    ) -> ScriptBundle | None:
        if not self._has_language(step, settings):
            return None
        location = step.location or (settings.location if settings else None)
        if location is None:
            message = "'location' is missing: the directory of the script"
            self.report.add(Code.MISSING_KEY, message, step.node.span)
            return None
        try:
            files = tuple(self._files(step, location))
        except _UnusableError as error:
            is_place = isinstance(error, _UnusablePlaceError) and step.location
            span = step.at("location" if is_place else "file")
            self.report.add(Code.UNUSABLE_SCRIPT, str(error), span)
            return None
        milliseconds = settings.timeout if settings else None
        seconds = milliseconds / 1000 if milliseconds else _DEFAULT_SECONDS
        return ScriptBundle(files, seconds, settings is None or settings.enabled)

    def _has_language(
        self, step: models.ScriptStep, settings: models.Scripting | None
    ) -> bool:
        language = step.language or (settings.language if settings else None)
        languages = (settings.languages if settings else None) or [LANGUAGE]
        span = step.at("language" if step.language else "type")
        if language not in (None, LANGUAGE):
            message = f"scripts in {quote(language)} can't be compiled, only in Python"
            self.report.add(Code.UNSUPPORTED, message, span)
        elif LANGUAGE not in languages:
            message = "'allowedLanguages' of the control adapter lacks 'python'"
            self.report.add(Code.UNUSABLE_SCRIPT, message, span)
        return language in (None, LANGUAGE) and LANGUAGE in languages

    # --- files ---

    def _files(self, step: models.ScriptStep, location: str) -> Iterator[ir.ScriptFile]:
        names = (*dict.fromkeys(step.dependencies), step.file)
        if len(names) > FILE_LIMIT:
            raise _UnusableError(f"a script may have {FILE_LIMIT} files at most")
        for name in names:
            # Such a path stays in its directory.
            parts = name.split("/")
            if not all(is_portable(p) and not p.startswith(".") for p in parts):
                raise _UnusableError(f"{quote(name)} isn't a path of plain names")
        directory = self._directory(location, names[-1], step.node.span)
        for name in names:
            content = self._content(directory / name, name)
            path = f"{self._copies(directory)}/{name}"
            rival = claim(path, self._claims)
            if rival and rival != path:
                both = (quote(file.partition("/")[2]) for file in (rival, path))
                raise _UnusableError(f"{' and '.join(both)} differ only in case")
            yield ir.ScriptFile(path, content)

    def _directory(self, location: str, name: str, span: Span) -> Path:
        """Return the directory of a script.

        An absolute location may be one where the spec is installed later. So its last
        names are searched in the spec's directory, the longest path of them first.
        """
        path = _SCHEME.sub("", location, count=1)
        if "://" in path or "\\" in path or not path:
            raise _UnusablePlaceError(
                f"{quote(location)} isn't the path of a directory"
            )
        for candidate in self._candidates(PurePosixPath(path), span):
            if self._is_inside(candidate / name):
                return candidate
        message = f"{quote(location)} has no {quote(name)} inside the spec's directory"
        raise _UnusablePlaceError(message)

    def _candidates(self, path: PurePosixPath, span: Span) -> Iterator[Path]:
        if not path.is_absolute():
            origin = span.origin
            yield (Path(origin.file).parent if origin else self.base) / path
            return
        yield Path(path)
        for start in range(1, len(path.parts) + 1):
            yield self.base.joinpath(*path.parts[start:])

    def _is_inside(self, path: Path) -> bool:
        try:
            real = path.resolve()
            return real.is_relative_to(self.base.resolve()) and real.is_file()
        except (OSError, RuntimeError, ValueError):
            return False

    def _content(self, path: Path, name: str) -> bytes:
        """Return the content of a file, which is read and checked once."""
        if not self._is_inside(path):
            message = f"{quote(path.name)} is no file inside the spec's directory"
            raise _UnusableError(message)
        real = path.resolve()
        if files.is_hidden(real, self.base.resolve()):
            raise _UnusableError(f"{quote(path.name)} leads to a hidden file")
        if real not in self._checked:
            content = self._read(real, path.name)
            self.contents[real.relative_to(self.base.resolve()).as_posix()] = content
            why = fault(content)
            if why is not None:
                raise _UnusableError(f"the script {quote(name)} {why}")
            self._checked[real] = content
        return self._checked[real]

    def _read(self, real: Path, name: str) -> bytes:
        try:
            content = self.edited.get(real)
            if content is None:
                content = files.content(real, files.SIZE_LIMIT)
        except OSError as error:
            why = error.strerror or "unknown"
            raise _UnusableError(f"{quote(name)} can't be read: {why}") from None
        if sum(map(len, self._checked.values())) + len(content) > SPEC_LIMIT:
            limit = f"{SPEC_LIMIT // 1024 // 1024} MiB"
            raise _UnusableError(f"the scripts of a spec may have {limit} together")
        return content

    def _copies(self, directory: Path) -> str:
        """Return the package's directory for the files of another directory."""
        number = len(self._directories) + 1
        name = "scripts" if number == 1 else f"scripts-{number}"
        return self._directories.setdefault(directory.resolve(), name)


@dataclass(frozen=True)
class ScriptBundle:
    """The files of a script step, its script last, and the rules of its runs."""

    files: tuple[ir.ScriptFile, ...]
    seconds: float
    is_enabled: bool


def note_scripts(
    scripts: Mapping[models.Step, ScriptBundle], variable: str, report: Report
) -> None:
    """Report the scripts that the package runs; `variable` has to permit them."""
    for step, script in scripts.items():
        names = ", ".join(quote(file.path) for file in script.files)
        message = f"the package has {names}, and runs it if {variable} is 1"
        if not script.is_enabled:
            message = f"the package has {names}, but the control adapter turns it off"
        report.add(Code.SCRIPT_STEP, message, step.at("file"))


def script_settings(capability: models.Capability) -> models.Scripting | None:
    """Return the settings of scripts: those of the first control adapter."""
    for adapter in capability.exposes:
        if isinstance(adapter, models.Control) and adapter.management is not None:
            return adapter.management.scripting
    return None
