"""Opening an OpenAPI document: from a path to the API that it describes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen import source
from naftiko_gen.diagnostics import Report
from naftiko_gen.openapi.document import tree_of, version_of
from naftiko_gen.openapi.reading import api
from naftiko_gen.openapi.references import References
from naftiko_gen.source.limits import OPENAPI

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.openapi.api import Api


@dataclass(frozen=True)
class Description:
    """What a file describes: an API, or errors in the report."""

    api: Api | None
    report: Report
    sources: dict[str, bytes]


def opened(path: Path) -> Description:
    """Return the API of an OpenAPI document."""
    report = Report(str(path))
    content = source.read(path, report, OPENAPI)
    if content is None:
        return Description(None, report, {})
    sources = {str(path): content}
    root = tree_of(content, path.name, report)
    version = version_of(root, report) if root else None
    if root is None or version is None:
        return Description(None, report, sources)
    references = References(path, root, report)
    found = api(root, version, references, report)
    return Description(
        None if report.has_errors else found, report, sources | references.sources
    )
