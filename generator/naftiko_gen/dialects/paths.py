"""Rules for consumed and exposed paths."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote
from naftiko_gen.dialects.locators import Locator, variables
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSED_RESOURCES,
    EXPOSES,
    rewrite,
    rewrite_all,
)
from naftiko_gen.language.url_paths import find_departure
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.diagnostics.span import Span

_WITHIN = (("inputParameters",), ("operations", "inputParameters"))
_ROUTES = (*EXPOSES, *EXPOSED_RESOURCES)
_WITH_PATHS = (
    CONSUMED_RESOURCES,
    CONSUMED_OPERATIONS,
    _ROUTES,
    (*_ROUTES, "operations"),
)
_SINGLE = re.compile(r"(?<!\{)\{([^{}]+)\}(?!\})")
_ENCODED = re.compile(r"(?:%(?!7[BDbd])[0-9A-Fa-f]{2})+")
_HOST_ALONE = re.compile(r"https?://[^/]*/*", re.IGNORECASE)
"""A base URI without a path; one that starts with a variable may have a path."""
_DOUBLE = re.compile(r"\{\{([^{}]+)\}\}")


def confined_path(tree: Mapping, report: Report) -> Mapping:
    """Report paths that lead out of their base URI."""

    def check(holder: Mapping) -> Mapping:
        path = holder.text("path")
        problem = find_departure(path) if path is not None else None
        if problem:
            span = holder.value_span("path")
            report.add(Code.UNUSABLE_PATH, f"the path {quote(path)} {problem}", span)
        return holder

    return rewrite_all(tree, _WITH_PATHS, check)


def leading_slash(tree: Mapping, report: Report) -> Mapping:
    """Start every path with a slash; a path may be empty if the base URI has one."""

    def change(resource: Mapping) -> Mapping:
        path = resource.text("path")
        if path is None or path.startswith("/"):
            return resource
        message = f"the path {quote(path)} is read as {quote('/' + path)}"
        report.add(Code.LEADING_SLASH, message, resource.value_span("path"))
        return _put_path(resource, "/" + path)

    def append(resource: Mapping) -> Mapping:
        path = resource.text("path")
        is_whole = path is not None and not Locator.of(path).address
        return resource if is_whole else change(resource)

    def change_upstream(consumes: Mapping) -> Mapping:
        is_host = _HOST_ALONE.fullmatch(consumes.text("baseUri") or "https://")
        return rewrite(consumes, ("resources",), change if is_host else append)

    return rewrite(rewrite(tree, CONSUMES, change_upstream), _ROUTES, change)


def path_query(tree: Mapping, report: Report) -> Mapping:
    """Move the query of a consumed path to the parameters; drop the fragment."""

    def change(resource: Mapping) -> Mapping:
        path = resource.text("path")
        if path is None or not re.search("[?#]", path):
            return resource
        span = resource.value_span("path")
        message = (
            "text behind '?' is sent as query parameters, text behind '#' is dropped"
        )
        report.add(Code.PATH_QUERY, message, span)
        locator = Locator.of(path)
        new_resource = _put_path(resource, locator.address)
        return (
            _put_parameters(new_resource, locator.query, span)
            if locator.query
            else new_resource
        )

    return rewrite(tree, CONSUMED_RESOURCES, change)


def _put_parameters(resource: Mapping, query: str, span: Span) -> Mapping:
    parameters = [_parameter(pair, span) for pair in query.split("&") if pair]
    values = {
        parameter.text("name"): parameter.get("value") for parameter in parameters
    }
    new_resource = rewrite_all(resource, _WITHIN, partial(_with_value, values))
    inputs = new_resource.get("inputParameters")
    items = inputs.items if isinstance(inputs, Sequence) else ()
    return new_resource.put("inputParameters", Sequence((*parameters, *items), span))


def _with_value(values: dict[str | None, Node | None], parameter: Mapping) -> Mapping:
    """Give a declared parameter its value in the query."""
    value = values.get(parameter.text("name"))
    is_twin = parameter.text("in") in {"query", None} and "value" not in parameter
    if value is None or not is_twin:
        return parameter
    bare_parameter = parameter.drop("type").drop("required")
    return bare_parameter.put("in", Scalar("query", value.span)).put("value", value)


def _parameter(pair: str, span: Span) -> Mapping:
    """Return a parameter of a query; variables are required, as in a path.

    The text of a URL is percent-encoded, but parameters aren't.
    """
    name, _, value = map(_decode, pair.partition("="))
    fields: dict[str, Node] = {"name": Scalar(name, span), "in": Scalar("query", span)}
    if variables(value):
        fields["required"] = Scalar(True, span)
    if value not in {f"{{{name}}}", f"{{{{{name}}}}}"}:
        fields["value"] = Scalar(_SINGLE.sub(r"{{\1}}", value), span)
    return mapping(fields, span)


def _decode(text: str) -> str:
    """Decode a text, except braces, which would become variables."""
    return _ENCODED.sub(lambda escape: unquote(escape[0]), text)


def route_query(tree: Mapping, report: Report) -> Mapping:
    """Turn the query and fragment of an exposed path into segments.

    They distinguish routes, but routers ignore them. A pair whose value is a variable
    stays a query parameter.
    """

    def change(resource: Mapping) -> Mapping:
        path = resource.text("path")
        if path is None or not re.search("[?#]", path):
            return resource
        locator = Locator.of(path)
        values = [pair.rpartition("=")[2] for pair in locator.query.split("&")]
        constants = [value for value in values if not variables(value)]
        segments = filter(
            None, (locator.address.strip("/"), *constants, locator.fragment)
        )
        route = f"/{'/'.join(segments)}"
        message = f"{quote(path)} is read as {quote(route)}"
        report.add(Code.ROUTE_QUERY, message, resource.value_span("path"))
        return _put_path(resource, route)

    return rewrite(tree, _ROUTES, change)


def single_brace_path(tree: Mapping, report: Report) -> Mapping:
    """Read `{x}` in a consumed path as `{{x}}`."""
    change = partial(_respell, _SINGLE, r"{{\1}}", Code.SINGLE_BRACE_PATH, report)
    return rewrite(tree, CONSUMED_RESOURCES, change)


def double_brace_route(tree: Mapping, report: Report) -> Mapping:
    """Read `{{x}}` in an exposed path as `{x}`."""
    change = partial(_respell, _DOUBLE, r"{\1}", Code.DOUBLE_BRACE_ROUTE, report)
    return rewrite(tree, _ROUTES, change)


def _respell(
    pattern: re.Pattern[str], by: str, code: Code, report: Report, resource: Mapping
) -> Mapping:
    path = resource.text("path")
    if path is None or not pattern.search(path):
        return resource
    message = f"{quote(path)} is read as {quote(pattern.sub(by, path))}"
    report.add(code, message, resource.value_span("path"))
    return _put_path(resource, pattern.sub(by, path))


def _put_path(resource: Mapping, path: str) -> Mapping:
    return resource.put("path", Scalar(path, resource.value_span("path")))
