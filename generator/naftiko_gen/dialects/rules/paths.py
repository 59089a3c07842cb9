"""Rules for paths, base URIs, and the names and tags of operations and resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from urllib.parse import unquote

from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.dialects.detection import is_ikanos
from naftiko_gen.dialects.forms import TEXT, Alias, Extra
from naftiko_gen.dialects.rewriting import (
    CONSUMED_OPERATIONS,
    CONSUMED_RESOURCES,
    CONSUMES,
    EXPOSED_RESOURCES,
    EXPOSED_UNITS,
    EXPOSES,
    at,
    note,
    respell,
    rewrite,
    rewrite_all,
)
from naftiko_gen.language.urls import find_departure
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence, mapping

_VARIABLE = re.compile(r"\{\{?\s*([^{}]+?)\s*\}?\}")


@dataclass(frozen=True)
class Locator:
    """A path, its query and its fragment, without `?` and `#`."""

    address: str
    query: str
    fragment: str

    @classmethod
    def of(cls, text: str) -> Locator:
        """Split a text like a URL."""
        rest, _, fragment = text.partition("#")
        address, _, query = rest.partition("?")
        return cls(address, query, fragment)

    def __str__(self) -> str:
        """Join the parts to a text."""
        query = f"?{self.query}" if self.query else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return self.address + query + fragment


def variables(path: str) -> list[str]:
    """Return the names of a path's variables, in either spelling."""
    return _VARIABLE.findall(path)


def append_path(resource: str, path: str) -> str:
    """Append the path of an operation to the path of its resource."""
    start, end = Locator.of(resource), Locator.of(path)
    query = "&".join(filter(None, (start.query, end.query)))
    address = _continued_address(start.address, end.address)
    return str(Locator(address, query, end.fragment or start.fragment))


def _continued_address(start: str, end: str) -> str:
    """Join two paths; only `/` adds nothing, and `:verb` is added without a slash."""
    if end in {"", "/"}:
        return start
    if end.startswith(":"):
        return start + end
    return f"{start.rstrip('/')}/{end.removeprefix('/')}"


def repeats(path: str, resource: str) -> bool:
    """Return whether a path starts with the segments of a resource, except the root."""
    start = _segments(resource)
    return bool(start) and _segments(path)[: len(start)] == start


def _segments(path: str) -> list[str]:
    address = _VARIABLE.sub(r"{\1}", Locator.of(path).address)
    return [segment for segment in address.split("/") if segment]


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


@at(*_WITH_PATHS)
def confined_path(holder: Mapping, report: Report) -> Mapping:
    """Report paths that lead out of their base URI."""
    path = holder.text("path")
    if path is not None and (problem := find_departure(path)):
        span = holder.value_span("path")
        report.add(Code.UNUSABLE_PATH, f"the path {quote(path)} {problem}", span)
    return holder


def leading_slash(tree: Mapping, report: Report) -> Mapping:
    """Start every path with a slash; a path may be empty if the base URI has one."""

    def change(resource: Mapping) -> Mapping:
        path = resource.text("path")
        if path is None or path.startswith("/"):
            return resource
        return respell(resource, "path", f"/{path}", Code.LEADING_SLASH, report)

    def append(resource: Mapping) -> Mapping:
        path = resource.text("path")
        is_whole = path is not None and not Locator.of(path).address
        return resource if is_whole else change(resource)

    def change_upstream(consumes: Mapping) -> Mapping:
        is_host = _HOST_ALONE.fullmatch(consumes.text("baseUri") or "https://")
        return rewrite(consumes, ("resources",), change if is_host else append)

    return rewrite(rewrite(tree, CONSUMES, change_upstream), _ROUTES, change)


@at(CONSUMED_RESOURCES)
def path_query(resource: Mapping, report: Report) -> Mapping:
    """Move the query of a consumed path to the parameters; drop the fragment."""
    path = resource.text("path")
    if path is None or not re.search("[?#]", path):
        return resource
    span = resource.value_span("path")
    message = "text behind '?' is sent as query parameters, text behind '#' is dropped"
    report.add(Code.PATH_QUERY, message, span)
    locator = Locator.of(path)
    resource = resource.put("path", Scalar(locator.address, span))
    if not locator.query:
        return resource
    parameters = [_parameter(pair, span) for pair in locator.query.split("&") if pair]
    values = {model.text("name"): model.get("value") for model in parameters}
    resource = rewrite_all(resource, _WITHIN, partial(_with_value, values))
    items = (*parameters, *resource.items("inputParameters"))
    return resource.put("inputParameters", Sequence(items, span))


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


@at(_ROUTES)
def route_query(resource: Mapping, report: Report) -> Mapping:
    """Turn the query and fragment of an exposed path into segments.

    They distinguish routes, but routers ignore them. A pair whose value is a variable
    stays a query parameter.
    """
    path = resource.text("path")
    if path is None or not re.search("[?#]", path):
        return resource
    locator = Locator.of(path)
    values = [pair.rpartition("=")[2] for pair in locator.query.split("&")]
    constants = [value for value in values if not variables(value)]
    segments = filter(None, (locator.address.strip("/"), *constants, locator.fragment))
    route = f"/{'/'.join(segments)}"
    return respell(resource, "path", route, Code.ROUTE_QUERY, report)


def single_brace_path(tree: Mapping, report: Report) -> Mapping:
    """Read `{x}` in a consumed path as `{{x}}`."""
    change = partial(_replace, _SINGLE, r"{{\1}}", Code.SINGLE_BRACE_PATH, report)
    return rewrite(tree, CONSUMED_RESOURCES, change)


def double_brace_route(tree: Mapping, report: Report) -> Mapping:
    """Read `{{x}}` in an exposed path as `{x}`."""
    change = partial(_replace, _DOUBLE, r"{\1}", Code.DOUBLE_BRACE_ROUTE, report)
    return rewrite(tree, _ROUTES, change)


def _replace(
    pattern: re.Pattern[str], by: str, code: Code, report: Report, resource: Mapping
) -> Mapping:
    path = resource.text("path")
    if path is None or not pattern.search(path):
        return resource
    return respell(resource, "path", pattern.sub(by, path), code, report)


_OPERATIONS = (CONSUMED_OPERATIONS, *EXPOSED_UNITS)
ALIASES = (Alias(("ConsumedOperation", "RestOperation", "Tool"), "id", "name"),)
EXTRAS = (
    Extra(
        ("ConsumedOperation", "RestOperation"),
        "path",
        TEXT,
        "Give the path a resource.",
    ),
)


@at(*_OPERATIONS)
def operation_id(operation: Mapping, report: Report) -> Mapping:
    """Read an operation's `id` as its `name`; an existing name wins."""
    if "id" not in operation:
        return operation
    is_named = operation.text("name") is not None
    warning = "'id' is ignored, because there is a 'name'"
    message = warning if is_named else "'id' is read as 'name'"
    report.add(Code.OPERATION_ID, message, operation.key_span("id"))
    if is_named:
        return operation.drop("id")
    return operation.drop("name").rename("id", "name")


_TAGS = "the official language has no tags of operations"
_note_tags = note(CONSUMED_OPERATIONS, "tags", Code.OPERATION_TAGS, _TAGS)


def operation_tags(tree: Mapping, report: Report) -> Mapping:
    """Report `tags` of consumed operations, which only Ikanos has."""
    return tree if is_ikanos(tree) else _note_tags(tree, report)


@at(CONSUMES, EXPOSES)
def operation_path(holder: Mapping, report: Report) -> Mapping:
    """Move operations with their own path into a resource with that path.

    Within one upstream or adapter, all such paths continue the path of their resource.
    If one of them repeats that path, all of them are complete paths instead.
    """
    resources = holder.get("resources")
    if not isinstance(resources, Sequence) or not any(map(_own_paths, resources)):
        return holder
    is_absolute = any(
        repeats(path, resource.text("path") or "/")
        for resource in resources
        if isinstance(resource, Mapping)
        for path in _own_paths(resource)
    )
    place = (lambda _, path: path) if is_absolute else append_path
    items = [part for resource in resources for part in _parts(resource, place, report)]
    return holder.put("resources", replace(resources, items=tuple(items)))


def _own_paths(resource: Node) -> list[str]:
    paths = (operation.text("path") for operation in _operations(resource))
    return [path for path in paths if path is not None]


def _operations(resource: Node) -> list[Mapping]:
    items = resource.items("operations") if isinstance(resource, Mapping) else ()
    return [item for item in items if isinstance(item, Mapping)]


def _parts(
    resource: Node, place: Callable[[str, str], str], report: Report
) -> Iterator[Node]:
    """Yield a resource for each run of operations with the same path."""
    if not isinstance(resource, Mapping) or not _own_paths(resource):
        yield resource
        return
    runs = groupby(_operations(resource), lambda operation: operation.text("path"))
    for path, run in runs:
        operations = tuple(run)
        if path is None:
            yield _with_operations(resource, operations)
            continue
        full_path = place(resource.text("path") or "", path)
        for operation in operations:
            message = f"the operation's path is {quote(full_path)}"
            report.add(Code.OPERATION_PATH, message, operation.value_span("path"))
        without_path = tuple(operation.drop("path") for operation in operations)
        scalar = Scalar(full_path, operations[0].value_span("path"))
        yield _with_operations(resource, without_path).put("path", scalar)


def _with_operations(resource: Mapping, operations: tuple[Mapping, ...]) -> Mapping:
    span: Span = resource.value_span("operations")
    return resource.put("operations", Sequence(operations, span))


_PLACEHOLDER = r"(?:\{\{[^{}]+\}\}|\$\{[^{}]+\}|\{[^{}]+\})"
_LABEL = rf"(?:[A-Za-z0-9\-_]|{_PLACEHOLDER})+"
_HOST = re.compile(rf"//\S+|{_LABEL}(?:\.{_LABEL})+(?::[0-9]+)?(?:/\S*)?")
"""A host, but not only a variable: its value may include the scheme."""


@at(CONSUMES)
def base_uri_scheme(consumes: Mapping, report: Report) -> Mapping:
    """Put `https://` before a base URI that starts with a host."""
    text = consumes.text("baseUri")
    if text is None or not _HOST.fullmatch(text):
        return consumes
    url = f"https://{text.removeprefix('//')}"
    return respell(consumes, "baseUri", url, Code.BASE_URI_SCHEME, report)


@at(CONSUMED_RESOURCES)
def resource_name(resource: Mapping, report: Report) -> Mapping:
    """Name a consumed resource without a name after its path."""
    name = resource.get("name")
    if name is not None and name.plain() not in (None, ""):
        return resource
    words = re.findall(r"[^\W_]+", resource.text("path") or "")
    own_name = "-".join(words).lower() or "root"
    span = resource.key_span("name")
    message = f"the resource has no name, so it is {quote(own_name)}"
    report.add(Code.RESOURCE_NAME, message, span)
    return resource.put("name", Scalar(own_name, span))


RULES = (
    confined_path,
    base_uri_scheme,
    operation_id,
    operation_path,
    operation_tags,
    resource_name,
    leading_slash,
    path_query,
    route_query,
    single_brace_path,
    double_brace_route,
)
