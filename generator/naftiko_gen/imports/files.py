"""Opening the files that a document imports: where they may be, how many, how large."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, shown
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Origin
from naftiko_gen.imports.openapi_documents import called, described, document
from naftiko_gen.imports.shared import consumed, shared
from naftiko_gen.syntax import files, pragmas
from naftiko_gen.syntax.files import ImportRoots, OutsideError
from naftiko_gen.syntax.locations import UnusableLocationError, relative
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, imported

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingABC
    from collections.abc import Set

DEPTH_LIMIT = 8
IMPORT_LIMIT = 64

# A file that can't be read tells by this that it means to be imported.
_DECLARING = re.compile(rb"^(capability|consumes|openapi|swagger)[ ]*:", re.MULTILINE)
_KEYS = ("location", "import", "openapi", "namespace", "as", "description", "type")


@dataclass(frozen=True)
class Chain:
    """A file, and the real paths of those that lead to it, its own last."""

    name: str
    """Its path from the document's directory."""
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Opened:
    """An imported file in the shape of a capability."""

    tree: Mapping
    chain: Chain


@dataclass(frozen=True)
class _File:
    """A file that was read, and the import that names it."""

    entry: Mapping
    chain: Chain
    content: bytes
    origin: Origin


class Files:
    """Opens files for one document, and remembers what was in them."""

    def __init__(
        self,
        spec: Path,
        document: Mapping,
        roots: ImportRoots,
        report: Report,
        held: MappingABC[Path, bytes],
    ) -> None:
        self.start = Chain(spec.name, (spec.resolve(),))
        self.contents: dict[str, bytes] = {}
        self.sources: dict[str, bytes] = {}
        self._roots = roots
        self._document = document
        self._held = held
        self._report = report
        self._count = 0
        self._size = 0

    def open(self, entry: Mapping, chain: Chain) -> Opened | None:
        """Return the file that an import means, or None after reporting why not."""
        location = self._location(entry)
        if location is None or not self._is_within_limits(entry, chain):
            return None
        name = self._name(location, entry, chain)
        path = self._path(name, entry) if name else None
        if name is None or path is None:
            return None
        if path in chain.paths:
            message = f"{shown(name)} would import itself"
            self._add(Code.IMPORT_CYCLE, message, entry)
            return None
        return self._opened(entry, Chain(name, (*chain.paths, path)))

    def _location(self, entry: Mapping) -> str | None:
        """Return the location if the entry has all that it needs, and nothing else."""
        for unknown in entry.drop(*_KEYS).entries:
            message = f"{shown(unknown.key)} is no key of an import"
            near = nearest(unknown.key, _KEYS)
            hint = f"did you mean {shown(near)}?" if near else None
            self._report.add(Code.UNKNOWN_KEY, message, unknown.span, hint)
        if "location" not in entry:
            self._report.add(Code.MISSING_KEY, "'location' is missing", entry.span)
        elif entry.text("location") is None:
            self._add(Code.WRONG_TYPE, "'location' must be text", entry)
        return entry.text("location")

    def _is_within_limits(self, entry: Mapping, chain: Chain) -> bool:
        self._count += 1
        if self._count > IMPORT_LIMIT:
            if self._count == IMPORT_LIMIT + 1:
                message = f"there are more than {IMPORT_LIMIT} imports"
                self._add(Code.TOO_MANY_IMPORTS, message, entry)
            return False
        if len(chain.paths) > DEPTH_LIMIT:
            message = f"imports are nested more than {DEPTH_LIMIT} deep"
            self._add(Code.TOO_MANY_IMPORTS, message, entry)
            return False
        return True

    def _name(self, location: str, entry: Mapping, chain: Chain) -> str | None:
        """Return the path from the document's directory."""
        try:
            path = relative(location)
        except UnusableLocationError as unusable:
            message = f"{shown(location)} {unusable}"
            hint = "write the path of a file relative to this one"
            self._add(Code.UNUSABLE_IMPORT, message, entry, hint)
            return None
        return str(PurePosixPath(chain.name).parent / path)

    def _path(self, name: str, entry: Mapping) -> Path | None:
        """Return the real path, if that is where files may be imported from."""
        try:
            return self._roots.find(name)
        except OutsideError:
            message = f"{shown(name)} is outside of the document's directory"
            hint = "allow a directory above both with --import-root"
            self._add(Code.UNUSABLE_IMPORT, message, entry, hint)
        except (OSError, ValueError):
            self._add(Code.IMPORT_NOT_FOUND, f"there is no file {shown(name)}", entry)
        return None

    def _opened(self, entry: Mapping, chain: Chain) -> Opened | None:
        content = self._content(entry, chain)
        if content is None:
            return None
        shown_as = str(self._roots.base / chain.name)
        origin = Origin(shown_as, entry.value_span("location"))
        file = _File(entry, chain, content, origin)
        found = Report(shown_as)
        root = document(content, chain.name, found)
        if root is not None:
            return self._described(file, imported(root, origin))
        return self._declared(file, found)

    def _declared(self, file: _File, found: Report) -> Opened | None:
        """Return a file in this language, unless there are errors already."""
        content, origin = file.content, file.origin
        tree = None if found.has_errors else load(content, found)
        if tree is None:
            quoting = _DECLARING.search(content) is not None
            self._report.include(found, origin, quoting=quoting)
            return None
        pragmas.apply_pragmas(tree, content, found)
        if "openapi" in file.entry:
            message = f"{shown(file.chain.name)} is no OpenAPI document"
            self._add(Code.UNUSABLE_OPENAPI, message, file.entry)
            return None
        whole = shared(imported(tree, origin), found)
        # What declares nothing may be a file of secrets, and isn't shown.
        declares = bool(consumed(whole))
        if declares:
            self.sources[origin.file] = content
        self._report.include(found, origin, quoting=declares)
        return Opened(whole, file.chain)

    def _described(self, file: _File, root: Mapping) -> Opened | None:
        """Return a capability that consumes what an OpenAPI document describes."""
        # What it refers to is found from its directory, which a link may lead to.
        directory = PurePosixPath(file.chain.name).parent
        if self._path(str(directory), file.entry) is None:
            return None
        path, room = Path(file.origin.file), files.SIZE_LIMIT - self._size
        made = described(path, root, file.entry, self._calls, room)
        for name, content in made.files.items():
            self.contents[str(directory / name)] = content
            self._size += len(content)
        self.sources.update({file.origin.file: file.content} | made.sources)
        self._report.include(made.report, file.origin, quoting=True)
        if made.tree is None:
            return None
        name = shown(file.chain.name)
        message = f"what the OpenAPI document {name} describes is imported"
        self._add(Code.IMPORT_OPENAPI, message, file.entry)
        return Opened(made.tree, file.chain)

    @cached_property
    def _calls(self) -> Set[str]:
        # Few documents import what OpenAPI documents describe.
        return frozenset(called(self._document))

    def _content(self, entry: Mapping, chain: Chain) -> bytes | None:
        try:
            content = self._held.get(chain.paths[-1])
            if content is None:
                content = files.content(chain.paths[-1])
        except FileNotFoundError:
            message = f"there is no file {shown(chain.name)}"
            self._add(Code.IMPORT_NOT_FOUND, message, entry)
            return None
        except (OSError, ValueError) as failure:
            why = getattr(failure, "strerror", None) or "its path is impossible"
            message = f"can't read {shown(chain.name)}: {why}"
            self._add(Code.IMPORT_NOT_FOUND, message, entry)
            return None
        self._size += len(content)
        if self._size > files.SIZE_LIMIT >= len(content):
            message = "the imported files are larger than 4 MiB together"
            self._add(Code.TOO_MANY_IMPORTS, message, entry)
            return None
        self.contents[chain.name] = content
        return content

    def _add(
        self, code: Code, message: str, entry: Mapping, hint: str | None = None
    ) -> None:
        self._report.add(code, message, entry.value_span("location"), hint)
