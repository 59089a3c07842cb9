"""Styles of parameters, which the official language doesn't have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models

    Styled = models.ConsumedInput | models.Encoding | models.Part

_STYLES = {
    ("form", True): ir.Style.MEMBERS,
    ("form", False): ir.Style.COMMAS,
    ("spaceDelimited", False): ir.Style.SPACES,
    ("pipeDelimited", False): ir.Style.PIPES,
    ("deepObject", False): ir.Style.DEEP,
    ("deepObject", True): ir.Style.DEEP,
}


def style_of(model: Styled, report: Report) -> ir.Style | None:
    """Return the style of a value, and report the extension."""
    keys = [key for key in ("style", "explode") if key in model.node]
    if not keys:
        return None
    message = f"the official language has no {' and '.join(map(shown, keys))}"
    report.add(Code.PARAMETER_STYLE, message, model.node.key_span(keys[0]))
    style = model.style or "form"
    explode = style == "form" if model.explode is None else model.explode
    return _STYLES.get((style, explode))


def styles_of(inputs: Iterable[models.ConsumedInput], report: Report) -> ir.Styles:
    """Return the styles of the parameters of a query; report those of others."""
    styles = []
    for model in inputs:
        style = style_of(model, report)
        if style is not None and model.place != "query":
            message = f"{shown(model.name)} has a style, which only a query has"
            key = "style" if "style" in model.node else "explode"
            report.add(Code.IGNORED_STYLE, message, model.node.key_span(key))
        elif style is not None:
            styles.append((model.name, style))
    return tuple(styles)
