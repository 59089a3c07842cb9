"""The constants, arguments and settings in templates, and their variables."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class Role(Enum):
    """A role of a text in requests to the upstream, which limits its characters."""

    HEADER = auto()
    COOKIE = auto()
    FILE_NAME = auto()
    MEDIA_TYPE = auto()
    CHOICE = auto()
    """The choice of the type of a body."""


def input_roles(unit: ir.Exposed) -> Mapping[ir.Parameter | ir.Input, set[Role]]:
    """Return the roles of a unit's inputs; the others have none."""
    roles: defaultdict[ir.Parameter | ir.Input, set[Role]] = defaultdict(set)
    for call in ir.calls(unit.implementation):
        arguments: dict[ir.Parameter | ir.Input, ir.Template] = dict(call.arguments)
        for role, template in _roles(call.operation):
            for parameter in ir.placeholders(template):
                argument = arguments.get(parameter, ir.Constant(None))
                for source in ir.placeholders(argument):
                    roles[source].add(role)
    return roles


def _roles(operation: ir.Operation) -> Iterator[tuple[Role, ir.Template]]:
    body = operation.body
    yield from ((Role.HEADER, value) for _, value in operation.headers)
    yield from ((Role.COOKIE, value) for _, value in operation.cookies)
    for part in body.described_parts if body else ():
        yield from ((Role.HEADER, value) for _, value in part.headers)
        if isinstance(part, ir.FilePart | ir.FileMember):
            yield Role.FILE_NAME, part.filename
            yield Role.MEDIA_TYPE, part.media_type
    if isinstance(body, ir.ChosenBody):
        yield Role.CHOICE, body.choice


def request_variables(capability: ir.Capability) -> Iterator[ir.Variable]:
    """Yield the variables in requests, except in credentials."""
    for operation in capability.operations:
        yield from capability.passed_variables(operation)
        yield from operation.variables
    for forward in capability.forwards:
        yield from forward.variables


def own_operations(
    upstream: ir.Upstream, capability: ir.Capability
) -> list[ir.Operation]:
    """Return the operations of an upstream."""
    operations = capability.operations
    return [operation for operation in operations if operation.upstream is upstream]


def requests_to(
    upstream: ir.Upstream, capability: ir.Capability
) -> list[ir.Operation | ir.Forward]:
    """Return the operations and the forwards of an upstream."""
    return [*own_operations(upstream, capability), *capability.forwards_to(upstream)]


def base_variables(upstream: ir.Upstream) -> list[ir.Variable]:
    """Return the variables of an upstream's base URI."""
    return [part for part in upstream.base_uri if isinstance(part, ir.Variable)]


def has_credential(upstream: ir.Upstream, capability: ir.Capability) -> bool:
    """Return whether a request to the upstream may carry a credential."""
    operations = own_operations(upstream, capability)
    requests = requests_to(upstream, capability)
    headers = (name.lower() for request in requests for name, _ in request.headers)
    cookies = chain.from_iterable(request.cookies for request in requests)
    in_requests = chain(
        *(request.variables for request in requests),
        *(capability.passed_variables(operation) for operation in operations),
    )
    return (
        upstream.credential is not None
        or not CREDENTIAL_HEADERS.isdisjoint(headers)
        or any(not isinstance(value, ir.Constant) for _, value in cookies)
        or any(variable.secret for variable in in_requests)
    )


def upstream_variables(upstream: ir.Upstream) -> Iterator[ir.Variable]:
    """Yield the variables in an upstream's credential."""
    if upstream.credential is not None:
        yield from upstream.credential.variables


def variables_in_files(capability: ir.Capability) -> set[ir.Variable]:
    """Return the variables that hold files, paths of files or their passwords.

    No header contains them, so they may be any text.
    """
    credentials = (upstream.credential for upstream in capability.upstreams)
    texts = (credential.texts_in_files for credential in credentials if credential)
    return set(ir.variables(chain.from_iterable(texts)))


def fixed_query(operation: ir.Operation) -> dict[str, str]:
    """Return the constant query parameters of an operation."""
    constants = [(n, c) for n, c in operation.query if isinstance(c, ir.Constant)]
    return {name: wire_text(constant.value) for name, constant in constants}


def wire_text(value: Plain) -> str:
    """Return a value as text of a URL or header; objects and arrays as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
