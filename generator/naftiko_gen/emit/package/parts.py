"""The values that templates are made of."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.ir import (
    Certificate,
    Constant,
    OAuth1,
    RsaKey,
    Variable,
    arguments,
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
        Operation,
        Parameter,
        Upstream,
    )


def header_inputs(unit: Exposed) -> list[Parameter | Input]:
    """Return the inputs that stand in a header of the upstream's request."""
    return [one for call in calls(unit.implementation) for one in _in_headers(call)]


def _in_headers(call: Call) -> Iterator[Parameter | Input]:
    headers = call.operation.headers
    sent = [source for _, value in headers for source in placeholders(value)]
    for parameter, template in call.arguments:
        if parameter in sent:
            yield from placeholders(template)


def request_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables that requests are made of, credentials aside."""
    for unit in capability.exposed:
        yield from variables(value for _, value in arguments(unit.implementation))
    for operation in capability.operations:
        yield from operation_variables(operation)


def unit_variables(operation: Operation, capability: Capability) -> Iterator[Variable]:
    """Yield the variables that routes and tools give an operation."""
    for unit in capability.calling(operation):
        for call in calls(unit.implementation):
            if call.operation is operation:
                yield from variables(value for _, value in call.arguments)


def has_credential(upstream: Upstream, capability: Capability) -> bool:
    """Say whether a request to the upstream may carry a credential."""
    operations = [one for one in capability.operations if one.upstream is upstream]
    headers = (name.lower() for one in operations for name, _ in one.headers)
    in_requests = chain(
        *(unit_variables(one, capability) for one in operations),
        *(operation_variables(one) for one in operations),
    )
    return (
        upstream.credential is not None
        or not CREDENTIAL_HEADERS.isdisjoint(headers)
        or any(variable.secret for variable in in_requests)
    )


def credential_variables(capability: Capability) -> Iterator[Variable]:
    """Yield the variables that credentials are made of."""
    for upstream in capability.upstreams:
        yield from upstream_variables(upstream)


def upstream_variables(upstream: Upstream) -> Iterator[Variable]:
    """Yield the variables that an upstream's credential is made of."""
    if upstream.credential is not None:
        yield from upstream.credential.variables


def operation_variables(operation: Operation) -> Iterator[Variable]:
    """Yield the variables that an operation itself is made of, no credential's."""
    yield from (part for part in operation.path if isinstance(part, Variable))
    yield from variables(operation.templates)


def variables_in_files(capability: Capability) -> set[Variable]:
    """Return the variables whose values are files, their paths or passwords.

    They stand in no header, so that they may be any text.
    """
    found: set[Variable] = set()
    for upstream in capability.upstreams:
        match upstream.credential:
            case OAuth1(signature=RsaKey(key=key)):
                found.update(variables((key,)))
            case Certificate() as held:
                found.update(held.variables)
            case _:
                pass
    return found


def fixed_query(operation: Operation) -> dict[str, str]:
    """Return the query parameters that every request of an operation has."""
    return {
        name: wire_text(value.value)
        for name, value in operation.query
        if isinstance(value, Constant)
    }


def wire_text(value: Plain) -> str:
    """Return a value as it stands in an URL or header; a structure is its JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
