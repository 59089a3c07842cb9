"""The variables that operations need, and the variables that may be missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from naftiko_gen import ir
from naftiko_gen.emit.requests.parts import (
    base_variables,
    has_credential,
    own_operations,
    request_variables,
    requests_to,
    upstream_variables,
)

Choice = tuple[tuple[str, ...], ...]
"""The variables of each of several alternative credentials.

The last alternative has no variables if requests may be sent without a credential.
"""

FORWARDED = "forwarded requests"
"""How texts name the requests of forwards."""

_SHOWN = 5
"""The number of operations that a text names; further ones are counted."""


def operations_text(variable: ir.Variable, capability: ir.Capability) -> str:
    """Return the names of the operations that need a variable, as text."""
    is_alternative = variable in alternative_variables(capability)
    variables_of = upstream_variables if is_alternative else _needed_variables
    needing = [
        operation
        for operation in capability.operations
        if variable in variables_of(operation.upstream)
        or variable in _request_variables(operation, capability)
    ]
    is_forwarded = any(
        variable in (*base_variables(f.upstream), *upstream_variables(f.upstream))
        or variable in f.variables
        for f in capability.forwards
    )
    if not is_forwarded or len(needing) == len(capability.operations):
        return _name_operations(needing, capability)
    phrases = [_name_operations(needing, capability)] if needing else []
    return ", ".join([*phrases, FORWARDED])


def upstream_text(upstream: ir.Upstream, capability: ir.Capability) -> str:
    """Return an upstream in words: by its operations, if there are several."""
    own = own_operations(upstream, capability)
    if len(capability.upstreams) == 1 or not own:
        return "the upstream API"
    return f"the upstream API of {_name_operations(own, capability)}"


def _name_operations(needing: Sequence[ir.Operation], capability: ir.Capability) -> str:
    if len(needing) == len(capability.operations):
        return "every operation"
    names = list(dict.fromkeys(operation.name for operation in needing))
    others = len(names) - _SHOWN
    rest = [f"{others} more"] if others > 0 else []
    return ", ".join([*names[:_SHOWN], *rest])


def optional_variables(capability: ir.Capability) -> frozenset[ir.Variable]:
    """Return the variables that packages can start without.

    All requests of an upstream with a credential contain them, in the credential or
    elsewhere: without one, the operations of that upstream are off.
    """
    optional: set[ir.Variable] = set()
    required_variables: set[ir.Variable] = set()
    for upstream in capability.upstreams:
        shared_variables = _shared_variables(upstream, capability)
        optional |= shared_variables
        required_variables.update(base_variables(upstream))
        in_requests = {
            v for r in requests_to(upstream, capability) for v in r.variables
        }
        for operation in own_operations(upstream, capability):
            in_requests.update(capability.passed_variables(operation))
        required_variables |= in_requests - shared_variables
    with_default = {variable for variable in optional if variable.default is not None}
    return frozenset(optional - required_variables - with_default)


def alternative_variables(capability: ir.Capability) -> frozenset[ir.Variable]:
    """Return the optional variables that occur only in alternative credentials.

    Packages start without them, with or without `--partial`.
    """
    choices: list[ir.Variable] = []
    others: list[ir.Variable] = []
    for upstream in capability.upstreams:
        is_choice = isinstance(upstream.credential, ir.Alternatives)
        (choices if is_choice else others).extend(upstream_variables(upstream))
    elsewhere = {*others, *request_variables(capability)}
    return optional_variables(capability).intersection(choices) - elsewhere


def partial_variables(capability: ir.Capability) -> frozenset[ir.Variable]:
    """Return the variables that packages can start without if `--partial` is given."""
    return optional_variables(capability) - alternative_variables(capability)


def choices(capability: ir.Capability) -> dict[Choice, str]:
    """Return the alternative credentials, with the operations that need one of them."""
    operations: dict[Choice, list[ir.Operation]] = {}
    for request in chain[ir.Operation | ir.Forward](
        capability.operations, capability.forwards
    ):
        credential = request.upstream.credential
        if isinstance(credential, ir.Alternatives):
            own = operations.setdefault(_choice(credential), [])
            own += [request] if isinstance(request, ir.Operation) else []
    return {
        choice: _name_operations(own, capability) if own else FORWARDED
        for choice, own in operations.items()
    }


def _choice(alternatives: ir.Alternatives) -> Choice:
    names = tuple(
        tuple(dict.fromkeys(variable.name for variable in credential.variables))
        for credential in alternatives.credentials
    )
    return (*names, ()) if alternatives.fallback is ir.Fallback.ANONYMOUS else names


def choice_text(choice: Choice) -> str:
    """Return the variables of alternative credentials, as text."""
    return ", or ".join(" and ".join(names) or "no credential" for names in choice)


def upstream_needs(upstream: ir.Upstream, capability: ir.Capability) -> list[str]:
    """Return the variables without which the operations of an upstream are off."""
    optional = optional_variables(capability)
    is_choice = isinstance(upstream.credential, ir.Alternatives)
    variables_of = _common_variables if is_choice else _shared_variables
    return sorted(v.name for v in variables_of(upstream, capability) if v in optional)


def credential_needs(upstream: ir.Upstream, capability: ir.Capability) -> list[str]:
    """Return the variables of `upstream_needs` that the credential contains."""
    names = {variable.name for variable in upstream_variables(upstream)}
    return [name for name in upstream_needs(upstream, capability) if name in names]


def other_half(variable: ir.Variable, capability: ir.Capability) -> str | None:
    """Return the other variable of a Basic credential: the user name or the password.

    Return "" if the other is a text in the spec. Return None if the variable isn't half
    of a Basic credential, or has another use too: then it mustn't be empty.
    """
    others = {
        _other_half(variable, upstream)
        for upstream in capability.upstreams
        if variable in upstream_variables(upstream)
    }
    if len(others) != 1 or variable in request_variables(capability):
        return None
    return others.pop()


def _other_half(variable: ir.Variable, upstream: ir.Upstream) -> str | None:
    credential = _only_with(variable, upstream)
    if not isinstance(credential, ir.Basic):
        return None
    half = ir.Setting(variable)
    match credential.username, credential.password:
        case (other, password) if password == half and other != half:
            pass
        case (username, other) if username == half and other != half:
            pass
        case _:
            return None
    return other.variable.name if isinstance(other, ir.Setting) else ""


def _only_with(variable: ir.Variable, upstream: ir.Upstream) -> ir.Single | None:
    """Return the only credential of an upstream that has a variable."""
    match upstream.credential:
        case ir.Alternatives(credentials=credentials):
            matching = [c for c in credentials if variable in c.variables]
            return matching[0] if len(matching) == 1 else None
        case credential:
            return credential


def _needed_variables(upstream: ir.Upstream) -> Iterator[ir.Variable]:
    """Yield the variables without which requests of an upstream can't be sent."""
    yield from base_variables(upstream)
    match upstream.credential:
        case ir.Alternatives(fallback=ir.Fallback.ANONYMOUS):
            pass
        case ir.Alternatives(credentials=credentials):
            yield from set.intersection(*({*c.variables} for c in credentials))
        case _:
            yield from upstream_variables(upstream)


def _request_variables(
    operation: ir.Operation, capability: ir.Capability
) -> Iterator[ir.Variable]:
    """Yield the variables in an operation's requests, except in the credential."""
    yield from operation.variables
    yield from capability.passed_variables(operation)


def _shared_variables(
    upstream: ir.Upstream, capability: ir.Capability
) -> frozenset[ir.Variable]:
    """Return the variables in every request of an upstream that has a credential."""
    return _common_variables(upstream, capability).union(upstream_variables(upstream))


def _common_variables(
    upstream: ir.Upstream, capability: ir.Capability
) -> frozenset[ir.Variable]:
    """Return the variables in every such request, except in the credential."""
    if not has_credential(upstream, capability):
        return frozenset()
    requests = requests_to(upstream, capability)
    return frozenset.intersection(*(frozenset(r.variables) for r in requests))
