"""Rules for request bodies."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.rewriting import CONSUMED_OPERATIONS, rewrite
from naftiko_gen.syntax.tree import Entry, Mapping, Scalar, Sequence, mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Node

_BODIES = (*CONSUMED_OPERATIONS, "body")
ALIASES = {
    "application/json": "json",
    "form": "formUrlEncoded",
    "formdata": "multipartForm",
    "urlencoded": "formUrlEncoded",
    "formurlencoded": "formUrlEncoded",
    "xwwwformurlencoded": "formUrlEncoded",
    "application/x-www-form-urlencoded": "formUrlEncoded",
    "multipart": "multipartForm",
    "multipartform": "multipartForm",
    "multipartformdata": "multipartForm",
    "multipart/form-data": "multipartForm",
    "plain": "text",
    "text/plain": "text",
    "application/xml": "xml",
    "application/sparql-query": "sparql",
    "binary": "application/octet-stream",
    "octetstream": "application/octet-stream",
    "yaml": "application/yaml",
    "cbor": "application/cbor",
}
"""Other names of body types, in lower case; words without `-`, `_` and spaces."""
_HELD_APART = ("json", "formUrlEncoded", "multipartForm")
_FILES = frozenset(
    ("attachment", "file", "files", "image", "images", "photo", "photos", "picture")
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def body_type(tree: Mapping, report: Report) -> Mapping:
    """Respell the type of a body as the language's word or as its media type."""
    return rewrite(tree, _BODIES, partial(_with_type, report))


def _with_type(report: Report, body: Mapping) -> Mapping:
    scalar = body.get("type")
    if not isinstance(scalar, Scalar) or not isinstance(scalar.value, str):
        return body
    official = _official_type(scalar.value)
    if official is None or official == scalar.value:
        return body
    message = f"a body of type {quote(scalar.value)} is read as {quote(official)}"
    report.add(Code.BODY_TYPE_ALIAS, message, scalar.span)
    return body.put("type", Scalar(official, scalar.span))


def _official_type(name: str) -> str | None:
    lower_name = name.lower()
    return ALIASES.get(
        lower_name if "/" in lower_name else re.sub(r"[-_ ]", "", lower_name)
    )


def single_field(tree: Mapping, report: Report) -> Mapping:
    """Read the value of the only field as the body, if the body can't have fields."""
    return rewrite(tree, _BODIES, partial(_with_value, report))


def _with_value(report: Report, body: Mapping) -> Mapping:
    kind, data = body.get("type"), body.get("data")
    if kind is None or _has_fields(kind.plain()) or not isinstance(data, Mapping):
        return body
    if len(data.entries) != 1:
        return body
    (only,) = data.entries
    message = f"the value of {quote(only.key)} is the body, which has no fields"
    report.add(Code.SINGLE_FIELD_BODY, message, only.span)
    return body.put("data", only.value)


def _has_fields(kind: object) -> bool:
    return kind in _HELD_APART or str(kind).endswith("+json")


def multipart_fields(tree: Mapping, report: Report) -> Mapping:
    """Read each field of a multipart body as a part; file-like names mean files."""
    return rewrite(tree, _BODIES, partial(_with_parts, report))


def _with_parts(report: Report, body: Mapping) -> Mapping:
    kind, data = body.get("type"), body.get("data")
    is_multipart = kind is not None and kind.plain() == "multipartForm"
    if not is_multipart or not isinstance(data, Mapping):
        return body
    message = "each field is read as a part of the body"
    report.add(Code.MULTIPART_FIELDS, message, body.key_span("data"))
    parts = tuple(_part(entry, report) for entry in data.entries)
    return body.put("data", Sequence(parts, data.span))


def _part(entry: Entry, report: Report) -> Mapping:
    members: dict[str, Node] = {
        "name": Scalar(entry.key, entry.span),
        "value": entry.value,
    }
    if _names_file(entry.key):
        message = f"{quote(entry.key)} is sent as a file, because of its name"
        report.add(Code.FILE_PART, message, entry.span)
        members["filename"] = Scalar(entry.key, entry.span)
    return mapping(members, entry.span)


def _names_file(name: str) -> bool:
    """Return whether the last word of a name means a file."""
    words = _WORD.findall(name)
    return bool(words) and words[-1].lower() in _FILES
