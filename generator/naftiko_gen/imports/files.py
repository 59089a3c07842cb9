"""Open the files that a spec imports, within limits of place, number and size."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import nearest, quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Origin
from naftiko_gen.dialects.detection import typed_word, version_entry
from naftiko_gen.imports.openapi_detection import called_names, may_be_openapi
from naftiko_gen.imports.shared import DECLARATIONS, Section, as_capability, entries
from naftiko_gen.syntax import files, pragmas
from naftiko_gen.syntax.files import (
    ImportRoots,
    OutsideError,
    UnusableLocationError,
    relative,
)
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, Scalar, with_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Set
    from collections.abc import Mapping as MappingABC

    from naftiko_gen.imports.openapi_documents import Conversion

    Convert = Callable[[Path, Mapping, Mapping, Set[str], int], Conversion]

DEPTH_LIMIT = 8
IMPORT_LIMIT = 64

# A broken file with such a line was meant to be imported, so messages may quote it.
_DECLARING = re.compile(
    rb"^(capability|consumes|exposes|aggregates|openapi|swagger)[ ]*:", re.MULTILINE
)
_OF_DOCUMENTS = "authentication"
"""The key that only imports of OpenAPI documents have."""
_KEYS = (
    *("location", "import", "openapi", "namespace", "as", "description", "type"),
    _OF_DOCUMENTS,
)


@dataclass(frozen=True)
class Chain:
    """A file, and the real paths of the imports that lead to it, its own last."""

    name: str
    """Its path from the spec's directory."""
    paths: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class Home:
    """A file with declarations, and the file that imports it.

    Attributes:
        tree: The file, in the form of a capability.
        chain: The file's name, and the imports that lead to it.
        importer: The file that imports it; None if that is the spec.
    """

    tree: Mapping
    chain: Chain
    importer: Home | None


@dataclass(frozen=True)
class _File:
    """The content of a file, and the import that names it."""

    entry: Mapping
    chain: Chain
    content: bytes
    origin: Origin


class Files:
    """Opens the files that one spec imports, and keeps their contents."""

    def __init__(
        self,
        spec: Path,
        document: Mapping,
        roots: ImportRoots,
        report: Report,
        edited_files: MappingABC[Path, bytes],
    ) -> None:
        self.start = Chain(spec.name, (spec.resolve(),))
        self.contents: dict[str, bytes] = {}
        self.sources: dict[str, bytes] = {}
        self._roots = roots
        self._document = document
        self._documents = [document]
        self._edited = edited_files
        self._report = report
        self._count = 0
        self._size = 0

    def open(self, entry: Mapping, chain: Chain, importer: Home | None) -> Home | None:
        """Return the imported file, or None after reporting why not."""
        location = self.locate(entry, chain)
        tree = self._read(entry, location) if location else None
        return Home(tree, location, importer) if location and tree else None

    def locate(self, entry: Mapping, chain: Chain) -> Chain | None:
        """Return the place of the imported file, or None after reporting why not."""
        location = self._location(entry)
        if location is None or not self._is_within_limits(entry, chain):
            return None
        name = self._name(location, entry, chain)
        path = self._path(name, entry) if name else None
        if name is None or path is None:
            return None
        if path in chain.paths:
            message = f"{quote(name)} would import itself"
            self._add(Code.IMPORT_CYCLE, message, entry)
            return None
        if path == chain.paths[-1].parent:
            message = f"{quote(location)} is the directory of the importing file"
            self._add(Code.IMPORT_CYCLE, message, entry, "write the name of a file")
            return None
        return Chain(name, (*chain.paths, path))

    def _location(self, entry: Mapping) -> str | None:
        """Return the location, or None after reporting a missing or invalid one."""
        for unknown in entry.drop(*_KEYS).entries:
            message = f"{quote(unknown.key)} isn't a key of an import"
            near = nearest(unknown.key, _KEYS)
            hint = f"did you mean {quote(near)}?" if near else None
            self._report.add(Code.UNKNOWN_KEY, message, unknown.span, hint)
        if "location" not in entry:
            key = typed_word(self._document, "location")
            self._report.add(Code.MISSING_KEY, f"{key!r} is missing", entry.span)
        elif entry.text("location") is None:
            self._add(Code.WRONG_TYPE, "'location' must be text", entry)
        alias = entry.get("as")
        if alias is not None and not isinstance(alias, Scalar):
            self._report.add(Code.WRONG_TYPE, "'as' must be text", alias.span)
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
        """Return the path from the spec's directory."""
        try:
            path = relative(location)
        except UnusableLocationError as unusable:
            message = f"{quote(location)} {unusable}"
            hint = "write the path of a file relative to this one"
            self._add(Code.UNUSABLE_IMPORT, message, entry, hint)
            return None
        return str(PurePosixPath(chain.name).parent / path)

    def _path(self, name: str, entry: Mapping) -> Path | None:
        """Return the real path if importing from there is allowed."""
        try:
            find = self._roots.find_document if "openapi" in entry else self._roots.find
            return find(name)
        except OutsideError:
            message = f"{quote(name)} is outside of the spec's directory"
            hint = "allow a directory above both with --import-root"
            self._add(Code.UNUSABLE_IMPORT, message, entry, hint)
        except (OSError, ValueError):
            message = f"the file {quote(name)} doesn't exist"
            self._add(Code.IMPORT_NOT_FOUND, message, entry)
        return None

    def _read(self, entry: Mapping, chain: Chain) -> Mapping | None:
        content = self._content(entry, chain)
        if content is None:
            return None
        shown_as = str(self._roots.base / chain.name)
        origin = Origin(shown_as, entry.value_span("location"))
        file = _File(entry, chain, content, origin)
        report = Report(shown_as)
        if may_be_openapi(content):
            # Few specs need it, and it takes long to import.
            from naftiko_gen.imports import openapi_documents

            root = openapi_documents.openapi_root(content, chain.name, report)
            if root is not None:
                tree = with_origin(root, origin)
                return self._open_openapi(file, tree, openapi_documents.convert)
        return self._open_spec(file, report)

    def _open_spec(self, file: _File, report: Report) -> Mapping | None:
        """Return a file in the Naftiko language, or None if it has errors."""
        content, origin = file.content, file.origin
        tree = None if report.has_errors else load(content, report)
        if tree is None:
            quoting = _DECLARING.search(content) is not None
            self._report.include(report, origin, quoting=quoting)
            return None
        pragmas.apply_pragmas(tree, content, report)
        if "openapi" in file.entry:
            message = f"{quote(file.chain.name)} isn't an OpenAPI document"
            self._add(Code.UNUSABLE_OPENAPI, message, file.entry)
            return None
        if _OF_DOCUMENTS in file.entry:
            message = f"only imports of OpenAPI documents have {_OF_DOCUMENTS!r}"
            span = file.entry.key_span(_OF_DOCUMENTS)
            self._report.add(Code.UNKNOWN_KEY, message, span)
        document = as_capability(with_origin(tree, origin), report)
        self._documents.append(document)
        # A file without declarations may hold secrets, so it isn't quoted.
        declares = _declares(document)
        if declares:
            self.sources[origin.file] = content
        self._report.include(report, origin, quoting=declares)
        return document

    def _open_openapi(
        self, file: _File, root: Mapping, convert: Convert
    ) -> Mapping | None:
        """Return a capability that consumes the API of an OpenAPI document."""
        # References start at its directory, which may be a link.
        directory = PurePosixPath(file.chain.name).parent
        if self._path(str(directory), file.entry) is None:
            return None
        path, room = Path(file.origin.file), files.LARGEST - self._size
        # The spec and its imports may call operations by these names.
        calls = frozenset(chain.from_iterable(map(called_names, self._documents)))
        conversion = convert(path, root, file.entry, calls, room)
        for name, content in conversion.files.items():
            self.contents[str(directory / name)] = content
            self._size += len(content)
        self.sources.update({file.origin.file: file.content} | conversion.sources)
        self._report.include(conversion.report, file.origin, quoting=True)
        if conversion.problem is not None:
            span = file.entry.value_span(_OF_DOCUMENTS)
            self._report.add(Code.WRONG_VALUE, conversion.problem, span)
        if conversion.tree is not None:
            name = quote(file.chain.name)
            message = f"the API is imported from the OpenAPI document {name}"
            self._add(Code.IMPORT_OPENAPI, message, file.entry)
        return conversion.tree

    def _content(self, entry: Mapping, chain: Chain) -> bytes | None:
        """Return the content of a file, unless the files are too large together."""
        content = self._read_file(entry, chain)
        if content is None:
            return None
        self._size += len(content)
        if self._size > files.LARGEST >= len(content):
            size = files.LARGEST // (1024 * 1024)
            message = f"the imported files are larger than {size} MiB together"
            self._add(Code.TOO_MANY_IMPORTS, message, entry)
            return None
        self.contents[chain.name] = content
        return content

    def _read_file(self, entry: Mapping, chain: Chain) -> bytes | None:
        path = chain.paths[-1]
        content = self._edited.get(path)
        try:
            return files.content(path) if content is None else content
        except FileNotFoundError:
            message = f"the file {quote(chain.name)} doesn't exist"
        except (OSError, ValueError) as failure:
            why = getattr(failure, "strerror", None) or "its path isn't valid"
            message = f"can't read {quote(chain.name)}: {why}"
        self._add(Code.IMPORT_NOT_FOUND, message, entry)
        return None

    def _add(
        self, code: Code, message: str, entry: Mapping, hint: str | None = None
    ) -> None:
        self._report.add(code, message, entry.value_span("location"), hint)


def _declares(tree: Mapping) -> bool:
    """Return whether a file declares parts for other specs."""
    if any(entries(tree, section) for section in DECLARATIONS):
        return True
    return version_entry(tree) is not None and bool(entries(tree, Section.BINDS))
