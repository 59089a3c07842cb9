"""Parse a file as an OpenAPI document, in YAML or JSON, and find its version."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.openapi.read.json_text import json_tree
from naftiko_gen.syntax import reader
from naftiko_gen.syntax.reader.characters import RefusedError, decode_json
from naftiko_gen.syntax.reader.events import OPENAPI
from naftiko_gen.syntax.tree import Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.reader.events import Limits
    from naftiko_gen.syntax.tree import Node

_JSON = re.compile(rb"\xef\xbb\xbf|[ \t\r\n]*\{")


class Version(StrEnum):
    """A version of the format."""

    SWAGGER_2 = "2.0"
    OPENAPI_3_0 = "3.0"
    OPENAPI_3_1 = "3.1"
    OPENAPI_3_2 = "3.2"


def tree_of(
    content: bytes, name: str, report: Report, limits: Limits = OPENAPI
) -> Mapping | None:
    """Return the root of the file, or None after reporting why it can't be parsed."""
    try:
        root = _parse_json(content, report, limits) if _JSON.match(content) else None
    except RefusedError as refusal:
        # YAML may begin with a brace, too.
        if refusal.code is not Code.YAML_SYNTAX or name.endswith(".json"):
            report.add(refusal.code, refusal.message, refusal.span, refusal.hint)
            return None
        root = None
    if isinstance(root, Mapping):
        return root
    return reader.load(content, report, limits)


def version_of(root: Mapping, report: Report) -> Version | None:
    """Return the version that a document declares, or None after reporting an error."""
    key = next((key for key in ("openapi", "swagger") if key in root), None)
    if key is None:
        message = "the document has neither 'openapi' nor 'swagger'"
        hint = "is it an OpenAPI document?"
        report.add(Code.UNUSABLE_OPENAPI, message, root.span, hint)
        return None
    value = root.get(key)
    text = value.typed or "" if isinstance(value, Scalar) else ""
    generation = ".".join(text.split(".")[:2])
    for version in Version:
        is_swagger = version is Version.SWAGGER_2
        if version == generation and is_swagger == (key == "swagger"):
            return version
    message = f"{key} {quote(text)} can't be read"
    hint = "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 can"
    report.add(Code.UNUSABLE_OPENAPI, message, root.value_span(key), hint)
    return None


def _parse_json(content: bytes, report: Report, limits: Limits) -> Node | None:
    is_small = len(content) <= limits.size
    return json_tree(decode_json(content), report, limits) if is_small else None
