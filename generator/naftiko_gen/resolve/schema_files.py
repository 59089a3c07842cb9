"""Files with schemas of responses, which are read while a spec is compiled."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.syntax import files
from naftiko_gen.syntax.files import OutsideError
from naftiko_gen.syntax.locations import UnusableLocationError, relative

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.syntax.files import ImportRoots


@dataclass
class SchemaFiles:
    """Reader of the files of schemas, in the directories that a spec imports from.

    Attributes:
        roots: Those directories.
        edited: The contents to read instead of those of files, by their real paths.
        contents: The content of each file, by its path from the spec's directory.
    """

    roots: ImportRoots
    report: Report
    edited: Mapping[Path, bytes] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def text(self, location: str, span: Span) -> str | None:
        """Return the text of a file; None after reporting why it has none.

        `location` is relative to the file that contains it.
        """
        try:
            return self._text(location, span)
        except UnusableLocationError as fault:
            message = f"{shown(location)} {fault}"
            self.report.add(Code.UNUSABLE_SCHEMA, message, span)
            return None

    def _text(self, location: str, span: Span) -> str:
        real = self._real(str(self._base(span) / relative(location)))
        try:
            content = self.edited.get(real)
            content = files.content(real) if content is None else content
        except FileNotFoundError:
            raise UnusableLocationError("doesn't exist") from None
        except (OSError, ValueError) as failure:
            why = getattr(failure, "strerror", None) or "its path isn't valid"
            raise UnusableLocationError(f"can't be read: {why}") from None
        if len(content) > files.SIZE_LIMIT:
            raise UnusableLocationError("is larger than 4 MiB")
        self.contents[os.path.relpath(real, self.roots.base.resolve())] = content
        try:
            return content.decode("utf-8-sig")
        except ValueError:
            raise UnusableLocationError("isn't text in UTF-8") from None

    def _base(self, span: Span) -> Path:
        """Return the directory of the file with a location, from the spec's."""
        if span.origin is None:
            return Path()
        return Path(os.path.relpath(span.origin.file, self.roots.base)).parent

    def _real(self, path: str) -> Path:
        try:
            return self.roots.find(path)
        except OutsideError:
            raise UnusableLocationError("is outside of the spec's directory") from None
        except (OSError, ValueError):
            raise UnusableLocationError("isn't a valid path") from None
