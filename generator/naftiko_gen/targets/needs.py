"""Which operations need which variables, and which variables may be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.ir import Basic, Setting, Variable
from naftiko_gen.targets.parts import (
    has_credential,
    operation_variables,
    request_variables,
    unit_variables,
    upstream_variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.ir import Capability, Operation, Upstream

_SHOWN = 20
"""How many operations are named; the others are counted."""


def operations_text(variable: Variable, capability: Capability) -> str:
    """Name the operations that can't be called without a variable."""
    needing = [
        operation
        for operation in capability.operations
        if variable in _needed(operation, capability)
    ]
    if len(needing) == len(capability.operations):
        return "every operation"
    names = list(dict.fromkeys(operation.name for operation in needing))
    others = len(names) - _SHOWN
    counted = [f"{others} more"] if others > 0 else []
    return ", ".join([*names[:_SHOWN], *counted])


def optional_variables(capability: Capability) -> frozenset[Variable]:
    """Return the variables that packages can start without.

    They are credentials, or whatever else all requests of an upstream with a credential
    are made of: without one, the operations of that upstream are off.
    """
    optional: set[Variable] = set()
    needed: set[Variable] = set()
    for upstream in capability.upstreams:
        optional.update(_shared(upstream, capability))
        needed.update(one for one in upstream.base_uri if isinstance(one, Variable))
    for operation in capability.operations:
        shared = _shared(operation.upstream, capability)
        needed.update(set(_used(operation, capability)).difference(shared))
    return frozenset(optional - needed)


def upstream_needs(upstream: Upstream, capability: Capability) -> list[str]:
    """Return the variables without which the operations of an upstream are off."""
    optional = optional_variables(capability)
    return sorted(one.name for one in _shared(upstream, capability) if one in optional)


def credential_needs(upstream: Upstream, capability: Capability) -> list[str]:
    """Return those of them that the credential is made of."""
    held = {one.name for one in upstream_variables(upstream)}
    return [name for name in upstream_needs(upstream, capability) if name in held]


def other_half(variable: Variable, capability: Capability) -> str | None:
    """Return the variable that is the other half of a Basic credential.

    Return "" if the document has text there, and None if the variable isn't such a half
    or is something else as well: then it mustn't be empty.
    """
    others = {
        _other_half(variable, upstream)
        for upstream in capability.upstreams
        if variable in upstream_variables(upstream)
    }
    if len(others) != 1 or variable in request_variables(capability):
        return None
    return others.pop()


def _other_half(variable: Variable, upstream: Upstream) -> str | None:
    if not isinstance(upstream.credential, Basic):
        return None
    half = Setting(variable)
    match upstream.credential.username, upstream.credential.password:
        case (other, password) if password == half and other != half:
            pass
        case (username, other) if username == half and other != half:
            pass
        case _:
            return None
    return other.variable.name if isinstance(other, Setting) else ""


def _needed(operation: Operation, capability: Capability) -> Iterator[Variable]:
    """Yield what an operation can't be called without."""
    upstream = operation.upstream
    yield from (one for one in upstream.base_uri if isinstance(one, Variable))
    yield from upstream_variables(upstream)
    yield from _used(operation, capability)


def _used(operation: Operation, capability: Capability) -> Iterator[Variable]:
    """Yield what the requests of an operation are made of, the credential aside."""
    yield from operation_variables(operation)
    yield from unit_variables(operation, capability)


def _shared(upstream: Upstream, capability: Capability) -> frozenset[Variable]:
    """Return what every request of an upstream with a credential is made of."""
    if not has_credential(upstream, capability):
        return frozenset()
    own = [one for one in capability.operations if one.upstream is upstream]
    shared = set.intersection(*(set(operation_variables(one)) for one in own))
    return frozenset(shared.union(upstream_variables(upstream)))
