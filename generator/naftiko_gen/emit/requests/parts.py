"""The constants, arguments and settings in templates, and their variables."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.ir import (
    ChosenBody,
    Constant,
    FileMember,
    FilePart,
    Variable,
    calls,
    placeholders,
    variables,
)

CREDENTIAL_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import (
        Call,
        Capability,
        Exposed,
        Input,
        Member,
        Operation,
        Parameter,
        Part,
        Template,
        Upstream,
    )


def header_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs in headers of requests to the upstream."""
    return [
        header_input
        for call in calls(unit.implementation)
        for header_input in _inputs_of(_sent_headers(call.operation), call)
    ]


def _sent_headers(operation: Operation) -> tuple[tuple[str, Template], ...]:
    """Return the headers of a request, and of the parts of its body."""
    of_parts = (header for p in _described_parts(operation) for header in p.headers)
    return (*operation.headers, *of_parts)


def cookie_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs in cookies of requests to the upstream."""
    return [
        cookie_input
        for call in calls(unit.implementation)
        for cookie_input in _inputs_of(call.operation.cookies, call)
    ]


def media_type_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs that are media types of files in requests to the upstream."""
    return [
        type_input
        for call in calls(unit.implementation)
        for part in _described_parts(call.operation)
        if isinstance(part, FilePart | FileMember)
        for type_input in _inputs_of(((part.name, part.media_type),), call)
    ]


def file_name_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs in names of files in requests to the upstream."""
    return [
        name_input
        for call in calls(unit.implementation)
        for part in _described_parts(call.operation)
        if isinstance(part, FilePart | FileMember)
        for name_input in _inputs_of(((part.name, part.filename),), call)
    ]


def choice_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs that choose the type of a body."""
    return [
        choice_input
        for call in calls(unit.implementation)
        if isinstance(body := call.operation.body, ChosenBody)
        for choice_input in _inputs_of((("Content-Type", body.choice),), call)
    ]


def _described_parts(operation: Operation) -> tuple[Part | Member, ...]:
    return operation.body.described_parts if operation.body else ()


def _inputs_of(
    pairs: tuple[tuple[str, Template], ...], call: Call
) -> Iterator[Parameter | Input]:
    sources = [source for _, value in pairs for source in placeholders(value)]
    for parameter, template in call.arguments:
        if parameter in sources:
            yield from placeholders(template)


def request_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables in requests, except in credentials."""
    for operation in capability.operations:
        yield from capability.passed_variables(operation)
        yield from operation.variables
    for forward in capability.forwards:
        yield from forward.variables


def has_credential(upstream: Upstream, capability: Capability) -> bool:
    """Return whether a request to the upstream may carry a credential."""
    operations = [
        operation
        for operation in capability.operations
        if operation.upstream is upstream
    ]
    forwards = capability.forwards_to(upstream)
    fields = chain(*(operation.headers for operation in operations))
    forwarded_fields = chain(*(forward.headers for forward in forwards))
    headers = (name.lower() for name, _ in chain(fields, forwarded_fields))
    in_requests = chain(
        *(forward.variables for forward in forwards),
        *(capability.passed_variables(operation) for operation in operations),
        *(operation.variables for operation in operations),
    )
    cookies = chain(
        *(operation.cookies for operation in operations),
        *(forward.cookies for forward in forwards),
    )
    return (
        upstream.credential is not None
        or not CREDENTIAL_HEADERS.isdisjoint(headers)
        or any(not isinstance(value, Constant) for _, value in cookies)
        or any(variable.secret for variable in in_requests)
    )


def credential_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables in credentials."""
    for upstream in capability.upstreams:
        yield from upstream_variables(upstream)


def upstream_variables(upstream: Upstream) -> Iterator[Variable]:
    """Yield the variables in an upstream's credential."""
    if upstream.credential is not None:
        yield from upstream.credential.variables


def variables_in_files(capability: Capability) -> set[Variable]:
    """Return the variables that hold files, paths of files or their passwords.

    No header contains them, so they may be any text.
    """
    credentials = (upstream.credential for upstream in capability.upstreams)
    texts = (credential.texts_in_files for credential in credentials if credential)
    return set(variables(chain.from_iterable(texts)))


def fixed_query(operation: Operation) -> dict[str, str]:
    """Return the constant query parameters of an operation."""
    return {
        name: wire_text(value.value)
        for name, value in operation.query
        if isinstance(value, Constant)
    }


def wire_text(value: Plain) -> str:
    """Return a value as text of a URL or header; objects and arrays as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
