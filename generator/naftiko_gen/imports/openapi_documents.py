"""Convert OpenAPI documents to capabilities, so that specs can import them.

The conversion is the same as in `naftiko-gen import`, except that operations get the
names by which the importing spec calls them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Origin
from naftiko_gen.dialects.rewriting import CONSUMES, mappings, rewrite
from naftiko_gen.imports.openapi_detection import NAMES, is_json
from naftiko_gen.openapi.read.description import read_description
from naftiko_gen.openapi.read.document import tree_of
from naftiko_gen.openapi.write.additions import (
    KINDS,
    UnavailableSchemeError,
    authenticate,
    parse_scheme,
)
from naftiko_gen.openapi.write.capability import (
    TooLargeError,
    Wishes,
    capability,
    key_of,
    operation_names,
)
from naftiko_gen.openapi.write.names import is_namespace, kebab
from naftiko_gen.resolve.units import canonical
from naftiko_gen.syntax.pragmas import apply_pragmas
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping, with_origin

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path

    from naftiko_gen.openapi.read.api import Api, Operation
    from naftiko_gen.openapi.read.description import Description
    from naftiko_gen.openapi.write.capability import ImportedSpec, Names

_FORMATS = ("openapi", "swagger")


@dataclass(frozen=True)
class Conversion:
    """The result of converting an OpenAPI document.

    Attributes:
        tree: A capability that consumes the API, or None if there are errors.
        sources: The capability's text, by the file name of its spans.
        report: The diagnostics about the document itself.
        files: The content of the files that it refers to, by path from its directory.
        problem: Why it can't have the credential that the import names.
    """

    tree: Mapping | None
    sources: dict[str, bytes]
    report: Report
    files: dict[str, bytes]
    problem: str | None = None


def openapi_root(content: bytes, name: str, report: Report) -> Mapping | None:
    """Return the root of a file that may be an OpenAPI document; None if it isn't."""
    root = tree_of(content, name, Report(name) if is_json(content) else report)
    return root if root and any(key in root for key in _FORMATS) else None


def convert(
    path: Path, root: Mapping, entry: Mapping, calls: Set[str], room: int
) -> Conversion:
    """Convert an OpenAPI document to a capability that consumes its API.

    `entry` is the import, which may name the API. `calls` are the names by which the
    importing spec may call operations. The files that the document refers to may have
    `room` bytes together.
    """
    report = Report(str(path))
    description = read_description(path, root, report, room)
    files = _referred_files(description, root, report)
    result = _authenticate(description.api, entry) if description.api else None
    if isinstance(result, str):
        return Conversion(None, {}, report, files, problem=result)
    api = None if report.has_errors else result
    spec = _write_capability(api, path, entry, calls) if api else None
    origin = Origin(f"{path} (as a capability)", entry.value_span("location"))
    tree = _load(spec, origin, report) if spec and spec.operations else None
    if spec is None or tree is None:
        _report_failure(api, root, report)
        return Conversion(None, {}, report, files)
    for remark in (*spec.remarks, *spec.remarks_of(calls)):
        report.add(Code.NOT_CARRIED_OVER, remark.text, remark.span)
    if api:
        _report_doubled_ids(api, calls, report)
    sources = {origin.file: spec.text.encode()}
    return Conversion(_with_one_name(tree, entry), sources, report, files)


def _authenticate(api: Api, entry: Mapping) -> Api | str:
    """Return the API with the import's credential, or why it can't have that one."""
    if "authentication" not in entry:
        return api
    scheme = parse_scheme(entry.text("authentication") or "")
    if scheme is None:
        return f"'authentication' must be {KINDS}"
    try:
        return authenticate(api, scheme)
    except UnavailableSchemeError as error:
        names = " or ".join(map(quote, error.choices)) or "no 'authentication'"
        return f"{error}; write {names}"


def _referred_files(
    description: Description, root: Mapping, report: Report
) -> dict[str, bytes]:
    """Return the content of the files that a document refers to; report missing ones.

    A missing file may exist later, and the package would have to change then.
    """
    files = {
        name: content
        for name, content in description.files.items()
        if content is not None
    }
    for name in sorted(description.files.keys() - files):
        message = f"it refers to {quote(name)}, which can't be read"
        report.add(Code.UNUSABLE_OPENAPI, message, root.span)
    return files


def _load(spec: ImportedSpec, origin: Origin, report: Report) -> Mapping | None:
    """Load the written capability like an imported file; None if it is too large."""
    text, own_report = spec.text.encode(), Report(origin.file)
    tree = load(text, own_report)
    if tree is None:
        return None
    apply_pragmas(tree, text, own_report)
    report.include(own_report, origin, quoting=True)
    return with_origin(tree, origin)


def _report_failure(api: Api | None, root: Mapping, report: Report) -> None:
    if api is None:
        return
    message, hint = "the document describes no operations", None
    if api.operations:
        message = "the document is too large for a capability"
        hint = "write a part of it with `naftiko-gen import --path`, and import that"
    report.add(Code.UNUSABLE_OPENAPI, message, root.span, hint)


def _write_capability(
    api: Api, path: Path, entry: Mapping, calls: Set[str]
) -> ImportedSpec | None:
    """Return the capability that `import` would write, or None if it is too large."""
    name = next((entry.text(key) for key in NAMES if key in entry), None) or ""
    wishes = Wishes(
        source=path.name,
        namespace=name if is_namespace(name) else None,
        names=names_by_calls(api, calls),
        shared=True,
    )
    try:
        return capability(api, wishes)
    except TooLargeError:
        return None


def names_by_calls(api: Api, calls: Set[str]) -> Names:
    """Return the names by which operations are called, where they match an id.

    Case and punctuation are ignored: `list-books` and `listbooks` match `listBooks`,
    unless another id would match, too. Operations of one id have the names of `import`,
    as those that no call names; long names may be whole.
    """
    names_by_letters = {canonical(call): call for call in sorted(calls)}
    counts = Counter(canonical(item.id) for item in api.operations if item.id)
    ids = Counter(item.id for item in api.operations)
    long_names = Counter(kebab(item.telling_id) for item in api.operations)
    names = {}
    for operation in api.operations:
        key = key_of(operation.method, operation.path)
        own_id = operation.id or ""
        letters = canonical(own_id)
        if own_id in calls and ids[own_id] == 1:
            names[key] = own_id
        elif letters and letters in names_by_letters and counts[letters] == 1:
            names[key] = names_by_letters[letters]
        elif long_names[long_name := kebab(operation.telling_id)] == 1:
            names |= {key: long_name} if long_name in calls else {}
    return names


def _report_doubled_ids(api: Api, calls: Set[str], report: Report) -> None:
    """Report called ids that several operations have, and the name of each."""
    names = operation_names(api.operations, names_by_calls(api, calls))
    called_letters = set(map(canonical, calls))
    groups: dict[str, list[Operation]] = {}
    for operation in api.operations:
        if canonical(operation.id or "") in called_letters:
            groups.setdefault(operation.id or "", []).append(operation)
    for own_id, group in groups.items():
        if len(group) > 1:
            ways = ", ".join(
                f"{quote(names[item.method, item.path])} calls"
                f" {quote(f'{item.method} {item.path}')}"
                for item in group
            )
            message = f"several operations have the id {quote(own_id)}: {ways}"
            report.add(Code.DUPLICATE_OPERATION, message, group[1].span)


def _with_one_name(tree: Mapping, entry: Mapping) -> Mapping:
    """Give one namespace to all parts of an API, despite their different addresses."""
    own = next(part.get("namespace") for part in mappings(tree, CONSUMES))
    name = next((entry.get(key) for key in NAMES if key in entry), own)

    def change(part: Mapping) -> Mapping:
        return part.put("namespace", name) if name else part

    return rewrite(tree, CONSUMES, change)
