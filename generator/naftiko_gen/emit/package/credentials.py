"""Credentials: code that authenticates the requests of an `Upstream`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, fill, join, py, verbatim
from naftiko_gen.emit.package.needs import credential_needs
from naftiko_gen.emit.requests.static_credentials import (
    CredentialTexts,
    StaticExpressions,
)
from naftiko_gen.emit.signers import (
    SignerArguments,
    library,
    signer_kind,
    signs_over_transports,
)
from naftiko_gen.ir import Alternatives, Fallback, PathKey, Signing, SlotPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.emit.signers import Library
    from naftiko_gen.ir import Attached, Capability, Upstream

_ANONYMOUS = verbatim("([], None)")


def credential_dependencies(capability: Capability) -> set[str]:
    """Return the distributions that the credentials need."""
    return {dependency.requirement for dependency in _libraries(capability)}


def credential_stubs(capability: Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    stubs = (dependency.stubs for dependency in _libraries(capability))
    return {name for name in stubs if name is not None}


def _libraries(capability: Capability) -> Iterator[Library]:
    for upstream in capability.upstreams:
        if isinstance(upstream.credential, Signing):
            dependency = library(upstream.credential)
            if dependency is not None:
                yield dependency


@dataclass(frozen=True)
class Signer:
    """A local variable of `connect`, which signs for all upstreams of a credential."""

    name: Code
    kind: Code
    arguments: tuple[Code, ...]
    is_self_signing: bool
    """Whether it signs over any transport, not only over the pool."""
    needs: tuple[Code, ...]
    """The variables without which there is no signer."""


def signers(capability: Capability, names: Names) -> dict[str, Signer]:
    """Return the signer of each upstream that has one, by namespace."""
    by_value: dict[tuple[Code, ...], Signer] = {}
    by_namespace = {}
    for upstream in capability.upstreams:
        if isinstance(upstream.credential, Signing):
            signer = _signer(upstream, upstream.credential, by_value.values(), names)
            value = (signer.kind, *signer.arguments)
            by_namespace[upstream.namespace] = by_value.setdefault(value, signer)
    return by_namespace


def _signer(
    upstream: Upstream, credential: Signing, others: Iterable[Signer], names: Names
) -> Signer:
    """Return a signer, numbered if there are others of its kind."""
    kind = signer_kind(type(credential))
    before = sum(signer.kind == kind.name for signer in others)
    return Signer(
        name=fill("{}_{}", kind.variable, py(before + 1)) if before else kind.variable,
        kind=kind.name,
        arguments=tuple(SignerArguments(_texts(names).expression).of(credential)),
        is_self_signing=signs_over_transports(credential),
        needs=tuple(map(py, credential_needs(upstream, names.capability))),
    )


def keyed_base_uri(upstream: Upstream, names: Names) -> Code | None:
    """Return a base URI that ends in a credential, None without such an end."""
    match upstream.credential:
        case PathKey(tail=tail) if tail:
            base_uri = fill("settings.{}", names.base_uri(upstream))
            return StaticExpressions(_texts(names)).with_tail(base_uri, tail)
        case _:
            return None


def joins_cookies(upstream: Upstream, capability: Capability) -> bool:
    """Return whether requests have cookies besides that of the credential."""
    slots = upstream.credential.slots if upstream.credential else ()
    if all(slot.place is not SlotPlace.COOKIE for slot in slots):
        return False
    return any(
        operation.cookies
        for operation in capability.operations
        if operation.upstream is upstream
    ) or any(forward.cookies for forward in capability.forwards_to(upstream))


def credential_expression(
    upstream: Upstream, signers: Mapping[str, Signer], names: Names
) -> Code | None:
    """Return an upstream's credential, which authenticates its requests."""
    credential = upstream.credential
    if isinstance(credential, Signing):
        return signers[upstream.namespace].name
    expressions = StaticExpressions(_texts(names))
    match credential:
        case None:
            return None
        case Alternatives():
            return _first_set(credential, expressions)
        case _:
            return expressions.of(credential)


def _first_set(credential: Alternatives, expressions: StaticExpressions) -> Code:
    """Return the first credential that is set."""
    alternatives = [
        _alternative(alternative, expressions) for alternative in credential.credentials
    ]
    if credential.fallback is Fallback.ANONYMOUS:
        alternatives.append(_ANONYMOUS)
    return fill(
        "FirstSet({},)", join(", ", (verbatim("settings.unset"), *alternatives))
    )


def _alternative(credential: Attached, expressions: StaticExpressions) -> Code:
    """Return the names of a credential's variables, and the credential."""
    names = dict.fromkeys(variable.name for variable in credential.variables)
    row = join(", ", map(py, names))
    return fill("([{}], {})", row, expressions.pairs(credential))


def _texts(names: Names) -> CredentialTexts:
    return CredentialTexts(
        lambda variable: fill("settings.{}", names.setting(variable))
    )
