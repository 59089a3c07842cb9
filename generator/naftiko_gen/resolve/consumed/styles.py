"""Styles of parameters, which the official language doesn't have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models

    StyledModel = models.ConsumedInput | models.Encoding | models.Part

_IN_FORM = {
    ("form", True): ir.Style.MEMBERS,
    ("form", False): ir.Style.COMMAS,
    ("spaceDelimited", False): ir.Style.SPACES,
    ("pipeDelimited", False): ir.Style.PIPES,
    ("deepObject", False): ir.Style.DEEP,
    ("deepObject", True): ir.Style.DEEP,
}
_IN_HEADER = {
    ("simple", False): ir.Style.SIMPLE,
    ("simple", True): ir.Style.SIMPLE_MEMBERS,
}
_IN_PATH = {
    **_IN_HEADER,
    ("label", False): ir.Style.LABEL,
    ("label", True): ir.Style.LABEL_MEMBERS,
    ("matrix", False): ir.Style.MATRIX,
    ("matrix", True): ir.Style.MATRIX_MEMBERS,
}
_STYLES = {"query": _IN_FORM, "header": _IN_HEADER, "path": _IN_PATH}
"""The styles that a place has, by `style` and `explode`."""


_KEYS = ("style", "explode", "allowReserved")


def style_of(
    model: StyledModel, report: Report, place: str = "query"
) -> ir.Style | None:
    """Return the style of a value, and report the extension."""
    keys = [key for key in _KEYS if key in model.node]
    if not keys:
        return None
    message = f"the official language has no {' and '.join(map(quote, keys))}"
    report.add(Code.PARAMETER_STYLE, message, model.node.key_span(keys[0]))
    styles = _STYLES.get(place, {})
    style = model.style or ("form" if styles is _IN_FORM else "simple")
    explode = style == "form" if model.explode is None else model.explode
    if model.style is None and model.explode is None:
        is_open = place == "path" and model.allow_reserved
        return ir.Style.RESERVED if is_open else None
    if style not in {name for name, _ in styles}:
        _report_ignored(model, keys[0], place, report)
    return styles.get((style, explode))


def _report_ignored(model: StyledModel, key: str, place: str, report: Report) -> None:
    message = f"no value {_IN_PLACE[place]} has this style"
    report.add(Code.IGNORED_STYLE, message, model.node.key_span(key))


_IN_PLACE = {
    "query": "in a query or a form",
    "header": "in a header",
    "path": "in a path",
    "cookie": "in a cookie",
    "body": "in a body without `encoding`",
    "environment": "of the environment",
}


def styles_of(
    inputs: Iterable[models.ConsumedInput], place: str, report: Report
) -> ir.Styles:
    """Return the styles of the parameters in a place."""
    styles = (
        (model.name, style_of(model, report, place))
        for model in inputs
        if model.place == place
    )
    return tuple((name, style) for name, style in styles if style is not None)


def reserved_of(
    inputs: Iterable[models.ConsumedInput], report: Report
) -> tuple[str, ...]:
    """Return the parameters of the query whose reserved characters aren't encoded.

    A variable of the path without a style of its own is text with such characters.
    """
    allowing = [model for model in inputs if model.allow_reserved]
    for model in allowing:
        has_style = model.style is not None or model.explode is not None
        if model.place != "query" and (model.place != "path" or has_style):
            message = (
                "reserved characters are only allowed in a query, in a form, and in "
                "a path without a style"
            )
            span = model.node.key_span("allowReserved")
            report.add(Code.IGNORED_STYLE, message, span)
    return tuple(model.name for model in allowing if model.place == "query")
