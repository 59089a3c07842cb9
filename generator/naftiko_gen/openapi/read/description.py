"""Opening an OpenAPI document: from a path to the API that it describes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.openapi.read.api_reader import api
from naftiko_gen.openapi.read.document import tree_of, version_of
from naftiko_gen.openapi.read.references import References
from naftiko_gen.syntax import reader
from naftiko_gen.syntax.reader.limits import OPENAPI
from naftiko_gen.syntax.reader.recognition import is_openapi

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.openapi.read.api import Api
    from naftiko_gen.syntax.tree import Mapping


@dataclass(frozen=True)
class Description:
    """What a file describes: an API, or errors in the report.

    Attributes:
        sources: The content of the files whose lines may be shown, by the name that is
            shown.
        files: What the document refers to, by path from its directory; None for what
            can't be read, or would be too much.
    """

    api: Api | None
    report: Report
    sources: dict[str, bytes]
    files: dict[str, bytes | None]


def opened(path: Path) -> Description:
    """Return the API of an OpenAPI document."""
    report = Report(str(path))
    content = reader.read(path, report, OPENAPI)
    if content is None:
        return Description(None, report, {}, {})
    root = tree_of(content, path.name, report)
    sources = {str(path): content} if is_openapi(content, root) else {}
    if not sources:
        report.withhold()
    if root is None:
        return Description(None, report, sources, {})
    found = understood(path, root, report)
    return replace(found, sources=sources | found.sources)


def understood(
    path: Path, root: Mapping, report: Report, room: int = OPENAPI.size
) -> Description:
    """Return the API of a document that is read; its references are followed.

    The files that they lead to may have `room` bytes together.
    """
    version = version_of(root, report)
    if version is None:
        return Description(None, report, {}, {})
    references = References(path, root, report, room)
    found = api(root, version, references, report)
    usable = None if report.has_errors else found
    return Description(usable, report, references.sources, references.files)
