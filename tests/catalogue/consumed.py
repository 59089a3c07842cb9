"""The operations that a document consumes: method, address, parameters, body."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from credentials import header_names, secrets
from plain_yaml import TEMPLATE, Node, canon, load, names_in, variables_of
from variables import Variables

WRITES = ("POST", "PUT", "PATCH")
OF_HTTP = ("content-encoding", "content-length", "host")
"""Headers about the transport of a request, not its content."""
KINDS = {"form": "form", "json": "json", "text": "text", "binary": "bytes"}


@dataclass(frozen=True)
class Input:
    """An input of an operation: a parameter, or a name in its body."""

    name: str
    place: str
    kind: str
    required: bool
    whole: bool = False
    """Whether it is the whole body."""
    undeclared: bool = False
    """Whether only templates name it."""


@dataclass
class Operation:
    """A consumed operation."""

    namespace: str
    name: str
    method: str
    base: str
    path: str
    authentication: Node
    inputs: dict[str, Input] = field(default_factory=dict)
    fixed: dict[str, tuple[str, Any]] = field(default_factory=dict)
    constants: list[tuple[str, str]] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    body: str | None = None
    """Its kind, if it is declared."""
    template: Any = None
    undescribed: bool = False
    unread: str | None = None


def upstreams(document: Node, path: Path, variables: Variables) -> Iterator[Node]:
    """Yield the upstreams of a document: first imported ones, whose names it has."""
    capability = document["capability"]
    consumed = capability.get("consumes") or []
    imports = [*(document.get("imports") or []), *(document.get("import") or [])]
    for entry in [*imports, *(u for u in consumed if "location" in u)]:
        yield from _import(entry, path, variables)
    yield from (upstream for upstream in consumed if "baseUri" in upstream)


def operations(upstream: Node, variables: Variables) -> Iterator[Operation]:
    """Yield the operations of an upstream."""
    absolute = _absolute(upstream)
    for resource in upstream.get("resources") or []:
        for node in resource.get("operations") or []:
            own = node.get("path")
            place = own if own and absolute else join_paths(resource, own)
            operation = _operation(upstream, node, place)
            common = [*parameters(upstream), *parameters(resource)]
            _declare(operation, place, [*common, *parameters(node)], variables)
            _describe_body(operation, node.get("body"), variables)
            _leave_out_credentials(operation)
            yield operation


def parameters(of: Node) -> list[Node]:
    return of.get("inputParameters") or []


def join_paths(resource: Node, own: str | None) -> str:
    path = str(resource.get("path") or "")
    if not own or own == "/":
        return path
    return f"{path.rstrip('/')}/{own.lstrip('/')}"


def input_of(template: str) -> str:
    return re.sub(r"^(tools|rest)\.", "", template)


def _import(entry: Any, path: Path, variables: Variables) -> Iterator[Node]:
    source = entry if isinstance(entry, dict) else {"location": entry}
    name = source.get("location") or source.get("url") or source.get("ref")
    other = load(path.parent / str(name))
    variables.bind(other)
    consumed = other.get("consumes") or other["capability"]["consumes"]
    wanted = source.get("import")
    yield from (u for u in consumed if wanted in (None, u["namespace"]))


def _absolute(upstream: Node) -> bool:
    """Return whether the paths of operations repeat the paths of their resources."""
    return any(
        _repeats(str(operation.get("path") or ""), str(resource.get("path") or ""))
        for resource in upstream.get("resources") or []
        for operation in resource.get("operations") or []
    )


def _repeats(path: str, start: str) -> bool:
    root = start.strip("/")
    return bool(root) and f"{path.strip('/')}/".startswith(f"{root}/")


def _operation(upstream: Node, operation: Node, place: str) -> Operation:
    path = re.split(r"[?#]", place)[0]
    base = upstream["baseUri"].rstrip("/")
    if not path.startswith("/") and (path or re.fullmatch(r"(https?:)?//[^/]*", base)):
        path = f"/{path}"
    return Operation(
        namespace=upstream["namespace"],
        name=str(operation.get("name") or operation.get("id")),
        method=operation["method"],
        base=base,
        path=TEMPLATE.sub(r"{\1}", path),
        authentication=upstream.get("authentication") or upstream.get("auth") or {},
    )


# --- parameters ---


def _declare(
    operation: Operation, place: str, nodes: list[Node], variables: Variables
) -> None:
    for name in variables_of(operation.path):
        if not variables.has(name):
            operation.inputs[name] = Input(name, "path", "string", True)
    for pair in filter(None, place.partition("#")[0].partition("?")[2].split("&")):
        name, _, value = pair.partition("=")
        if value in (f"{{{name}}}", f"{{{{{name}}}}}"):
            operation.inputs[name] = Input(name, "query", "string", True)
        else:
            operation.constants.append((name, value))
    for parameter in nodes:
        _declare_one(operation, parameter, variables)


def _declare_one(operation: Operation, parameter: Node, variables: Variables) -> None:
    name = parameter.get("name")
    if not name or name.lower() in OF_HTTP:
        return
    place = parameter.get("in") or "body"
    value = parameter.get("value")
    if value is not None:
        operation.fixed[name] = (place, value)
        kind = parameter.get("type") if TEMPLATE.fullmatch(str(value)) else None
        like = Input(name, place, kind or "string", False)
        _declare_names(operation, value, variables, like)
        return
    if place == "path" and canon(name) not in map(canon, variables_of(operation.path)):
        operation.orphans.append(name)
    required = place == "path" or parameter.get("required") is True
    kind = parameter.get("type") or "string"
    operation.inputs[name] = Input(name, place, kind, required)


def _declare_names(
    operation: Operation, value: Any, variables: Variables, like: Input | None = None
) -> None:
    """Declare the names in a template, which are sent as an input like this one."""
    for inner in names_in(value):
        name = input_of(inner)
        if not variables.has(inner) and name not in operation.inputs:
            is_whole = value == f"{{{{{inner}}}}}"
            source = like or Input(name, "body", "string", False, is_whole)
            operation.inputs[name] = replace(source, name=name, undeclared=True)


def _leave_out_credentials(operation: Operation) -> None:
    """Remove parameters in the place of the credential."""
    credential = operation.authentication
    headers = {name.lower() for name in header_names(credential)}
    places = {(secret.place, secret.name) for secret in secrets(credential)}
    for name, parameter in list(operation.inputs.items()):
        is_header = parameter.place == "header" and name.lower() in headers
        if is_header or (parameter.place, name) in places:
            del operation.inputs[name]


# --- bodies ---


def _describe_body(operation: Operation, body: Any, variables: Variables) -> None:
    if isinstance(body, dict):
        operation.body = KINDS.get(body.get("type", ""))
        operation.template = _content(operation, body.get("data"))
        if operation.body is None:
            operation.unread = f"a body of type {body.get('type')}"
        _declare_names(operation, operation.template, variables)
    elif body is not None:
        operation.unread = "a body that is text"
    has_template = operation.template is not None
    has_template |= any(p.place == "body" for p in operation.inputs.values())
    has_template |= any(place == "body" for place, _ in operation.fixed.values())
    if not has_template and (body is not None or operation.method in WRITES):
        operation.inputs.setdefault(
            "body", Input("body", "body", "object", False, True)
        )
        operation.undescribed = True
    _take_whole(operation)


def _content(operation: Operation, data: Any) -> Any:
    """Return the template of a body; text and bytes are the value of its only field."""
    if operation.body in ("text", "bytes") and isinstance(data, dict):
        [data] = data.values()
    return data


def _take_whole(operation: Operation) -> None:
    """Make the only member of a body the whole body, if it is structured."""
    if operation.body in ("text", "bytes"):
        wanted = {input_of(name) for name in names_in(operation.template)}
        kind = operation.body
        for name in wanted & operation.inputs.keys():
            parameter = operation.inputs[name]
            operation.inputs[name] = replace(parameter, kind=kind, whole=True)
        return
    members = [p for p in operation.inputs.values() if p.place == "body"]
    has_body = any(place == "body" for place, _ in operation.fixed.values())
    if operation.body is None and not has_body and len(members) == 1:
        [only] = members
        is_list = only.kind == "array" and only.name == "body"
        is_whole = is_list or only.kind == "object"
        operation.inputs[only.name] = replace(only, whole=is_whole)
