"""Rules for the base URIs of consumed APIs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.rewriting import CONSUMES, rewrite
from naftiko_gen.syntax.tree import Mapping, Scalar

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report

_VARIABLE = r"(?:\{\{[^{}]+\}\}|\$\{[^{}]+\}|\{[^{}]+\})"
_LABEL = rf"(?:[A-Za-z0-9\-_]|{_VARIABLE})+"
_HOST = re.compile(rf"//\S+|{_LABEL}(?:\.{_LABEL})+(?::[0-9]+)?(?:/\S*)?")
"""A host, but not a variable alone: its value may include the scheme."""


def base_uri_scheme(tree: Mapping, report: Report) -> Mapping:
    """Put `https://` before a base URI that starts with a host."""

    def change(consumes: Mapping) -> Mapping:
        text = consumes.text("baseUri")
        if text is None or not _HOST.fullmatch(text):
            return consumes
        url = f"https://{text.removeprefix('//')}"
        span = consumes.value_span("baseUri")
        message = f"{quote(text)} is read as {quote(url)}"
        report.add(Code.BASE_URI_SCHEME, message, span)
        return consumes.put("baseUri", Scalar(url, span))

    return rewrite(tree, CONSUMES, change)
