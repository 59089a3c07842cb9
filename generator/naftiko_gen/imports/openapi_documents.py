"""APIs that OpenAPI documents describe, in the shape of files that can be imported.

A capability is made of the document as `naftiko-gen import` makes one; its operations
are called as the importing document calls them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Origin
from naftiko_gen.dialects.rewriting import CONSUMES, mappings, rewrite
from naftiko_gen.syntax.files import SIZE_LIMIT
from naftiko_gen.syntax.pragmas import apply_pragmas
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, imported, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Set
    from pathlib import Path

    from naftiko_gen.openapi.read.api import Api
    from naftiko_gen.openapi.write.capability import Imported, Names
    from naftiko_gen.syntax.tree import Node

_FORMATS = ("openapi", "swagger")
_SAYS_SO = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?P<quote>[\"']?)(?:openapi|swagger)(?P=quote)[ ]*:",
    re.MULTILINE,
)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
NAMES = ("import", "namespace", "openapi")
"""Keys of an import that say what the API is called; the first one counts."""
_LONGEST_NAME = 256
"""Of operations: each dot of a call may be where its name begins."""


@dataclass(frozen=True)
class Described:
    """What became of an OpenAPI document.

    Attributes:
        tree: A capability that consumes the API, or None if the report says why not.
        sources: That capability's text, by the name that its places have.
        report: Findings in the document itself.
        files: The content of the files that it refers to, by path from its directory.
    """

    tree: Mapping | None
    sources: dict[str, bytes]
    report: Report
    files: dict[str, bytes]


def document(content: bytes, name: str, report: Report) -> Mapping | None:
    """Return the root of a file that says that it is an OpenAPI document, else None."""
    is_json = _JSON.match(content) is not None
    # What is larger than an import may be was cut, and is refused by its size.
    is_whole = len(content) <= SIZE_LIMIT
    if not is_whole or not (is_json or _SAYS_SO.search(content)):
        return None
    # Few documents need it, and it is much to import.
    from naftiko_gen.openapi.read.document import tree_of

    root = tree_of(content, name, Report(name) if is_json else report)
    return root if root and any(key in root for key in _FORMATS) else None


def described(
    path: Path, root: Mapping, entry: Mapping, calls: Set[str], room: int
) -> Described:
    """Return a capability that consumes the API which a document describes.

    `entry` imports it, and says what it is called; `calls` are the names by which the
    importing document may call operations. The files that the document refers to may
    have `room` bytes together.
    """
    from naftiko_gen.openapi.read.description import understood

    report = Report(str(path))
    found = understood(path, root, report, room)
    # Of what a file lacks that may be there some day, no package can be made.
    files = {name: held for name, held in found.files.items() if held is not None}
    for name in sorted(found.files.keys() - files):
        message = f"it refers to {shown(name)}, which can't be read"
        report.add(Code.UNUSABLE_OPENAPI, message, root.span)
    api = None if report.has_errors else found.api
    made = _capability(api, path, entry, calls) if api else None
    origin = Origin(f"{path} (as a capability)", entry.value_span("location"))
    tree = _loaded(made, origin, report) if made and made.operations else None
    if made is None or tree is None:
        _report_nothing(api, root, report)
        return Described(None, {}, report, files)
    for remark in (*made.remarks, *made.remarks_of(calls)):
        report.add(Code.NOT_CARRIED_OVER, remark.text, remark.span)
    sources = {origin.file: made.text.encode()}
    return Described(_with_one_name(tree, entry), sources, report, files)


def _loaded(made: Imported, origin: Origin, report: Report) -> Mapping | None:
    """Return what was written as a file that is imported; None if it is too much."""
    text, found = made.text.encode(), Report(origin.file)
    tree = load(text, found)
    if tree is None:
        return None
    apply_pragmas(tree, text, found)
    report.include(found, origin, quoting=True)
    return imported(tree, origin)


def called(tree: Node) -> Iterator[str]:
    """Yield the names by which a spec may call operations of a namespace."""
    for part in walk(tree):
        match part:
            case Entry(key="call", value=Scalar(value=call)):
                yield from _tails(str(call))
            case _:
                pass


def _tails(call: str) -> Iterator[str]:
    """Yield what follows a dot: namespaces and names may hold dots as well."""
    end = call[-_LONGEST_NAME - 1 :]
    for found in re.finditer(r"\.", end):
        yield end[found.end() :]


def _report_nothing(api: Api | None, root: Mapping, report: Report) -> None:
    if api is None:
        return
    message, hint = "the document describes no operations", None
    if api.operations:
        message = "the document describes more than a capability can hold"
        hint = "write a part of it with `naftiko-gen import --path`, and import that"
    report.add(Code.UNUSABLE_OPENAPI, message, root.span, hint)


def _capability(
    api: Api, path: Path, entry: Mapping, calls: Set[str]
) -> Imported | None:
    """Return what `import` would write, or None if that is too much."""
    from naftiko_gen.openapi.write.capability import TooLargeError, Wishes, capability
    from naftiko_gen.openapi.write.names import is_namespace

    name = next((entry.text(key) for key in NAMES if key in entry), None) or ""
    wishes = Wishes(
        source=path.name,
        namespace=name if is_namespace(name) else None,
        names=_names(api, calls),
        shared=True,
    )
    try:
        return capability(api, wishes)
    except TooLargeError:
        return None


def _names(api: Api, calls: Set[str]) -> Names:
    """Return the names by which operations are called, if those mean their ids.

    An id may be called as it is, or in other words of the same letters: `list-books`
    and `listbooks` are `listBooks`, unless another id has these letters as well.
    """
    from naftiko_gen.openapi.write.capability import key_of
    from naftiko_gen.resolve.units import canonical

    meant = {canonical(call): call for call in sorted(calls)}
    shared = Counter(canonical(each.id) for each in api.operations if each.id)
    found = {}
    for each in api.operations:
        letters = canonical(each.id or "")
        if each.id is not None and each.id in calls:
            found[key_of(each.method, each.path)] = each.id
        elif letters and letters in meant and shared[letters] == 1:
            found[key_of(each.method, each.path)] = meant[letters]
    return found


def _with_one_name(tree: Mapping, entry: Mapping) -> Mapping:
    """Give all parts of an API, which differ in address or credential, one name."""
    own = next(part.get("namespace") for part in mappings(tree, CONSUMES))
    name = next((entry.get(key) for key in NAMES if key in entry), own)

    def change(part: Mapping) -> Mapping:
        return part.put("namespace", name) if name else part

    return rewrite(tree, CONSUMES, change)
