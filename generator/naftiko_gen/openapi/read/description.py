"""Open an OpenAPI document, and read and check the API that it describes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.openapi.read.api import Api
from naftiko_gen.openapi.read.api_reader import read_api
from naftiko_gen.openapi.read.document import tree_of, version_of
from naftiko_gen.openapi.read.references import References
from naftiko_gen.resolve.addresses import check_host
from naftiko_gen.syntax import reader
from naftiko_gen.syntax.reader.events import OPENAPI, Limits
from naftiko_gen.syntax.reader.syntax import is_openapi
from naftiko_gen.syntax.tree import Mapping


@dataclass(frozen=True)
class Description:
    """The result of reading a file: an API, or errors in the report.

    Attributes:
        sources: The content of the files that messages may quote, by displayed name.
        files: The content of the files that the document refers to, by path from its
            directory; None for a file that can't be read or exceeds the limits.
    """

    api: Api | None
    report: Report
    sources: dict[str, bytes]
    files: dict[str, bytes | None]


def open_description(path: Path, limits: Limits = OPENAPI) -> Description:
    """Read the file of an OpenAPI document, and the API in it.

    The path `-` is the standard input, whose references start at the current directory.
    """
    is_input = str(path) == "-"
    path = Path("stdin") if is_input else path
    report = Report(str(path))
    content = _input(limits) if is_input else reader.read(path, report, limits)
    if content is None:
        return Description(None, report, {}, {})
    root = tree_of(content, path.name, report, limits)
    sources = {str(path): content} if is_openapi(content, root) else {}
    if not sources:
        report.withhold()
    if root is None:
        return Description(None, report, sources, {})
    description = read_description(path, root, report, limits=limits)
    return replace(description, sources=sources | description.sources)


def _input(limits: Limits) -> bytes:
    """Return the standard input, at most one byte more than the limit."""
    return sys.stdin.buffer.read(limits.size + 1)


def read_description(
    path: Path,
    root: Mapping,
    report: Report,
    room: int = OPENAPI.size,
    limits: Limits = OPENAPI,
) -> Description:
    """Read the API of a parsed document, and follow its references.

    The files that it refers to may have `room` bytes together.
    """
    version = version_of(root, report)
    if version is None:
        return Description(None, report, {}, {})
    references = References(path, root, report, room, limits)
    api = read_api(root, version, references, report)
    usable = None if report.has_errors else api
    return Description(usable, report, references.sources, references.files)


def check_hosts(api: Api, report: Report) -> None:
    """Warn about addresses of an API that may hand out the machine's credentials."""
    own = (operation.servers for operation in api.operations)
    for server in dict.fromkeys(chain(api.servers, *own)):
        check_host(server.usual_url, server.span, report)
    for scheme in api.schemes.values():
        check_host(scheme.token_url, scheme.span, report)
