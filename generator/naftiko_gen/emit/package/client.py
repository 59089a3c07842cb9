"""`client.py`: a typed coroutine for each operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import docstring, py
from naftiko_gen.emit.package.credentials import (
    credential_expression,
    joins_cookies,
    keyed_base_uri,
    signers,
)
from naftiko_gen.emit.package.forwards import forward_views
from naftiko_gen.emit.package.needs import upstream_needs
from naftiko_gen.emit.package.operations import Coroutine
from naftiko_gen.emit.package.unchanged import USUAL_LIMIT, answer_limit, size
from naftiko_gen.emit.requests.parts import has_credential, request_variables
from naftiko_gen.emit.signers import signs_over_transports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from naftiko_gen.emit.literals import Code
    from naftiko_gen.emit.package.credentials import Signer
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.emit.package.forwards import ForwardView
    from naftiko_gen.emit.package.names import Names
    from naftiko_gen.emit.package.operations import OperationView
    from naftiko_gen.ir import Capability, Upstream


@dataclass(frozen=True)
class UpstreamView:
    """An upstream: the client's argument, and how `connect` builds it."""

    name: Code
    is_private: bool
    base_uri: Code
    keyed_base_uri: Code | None
    credential: Code | None
    joins_cookies: bool
    needs: tuple[Code, ...]
    """The variables without which it refuses requests."""


@dataclass(frozen=True)
class ClientView:
    """The variables of `client.py.jinja`."""

    client: Code
    docstring: Code
    has_settings: bool
    signers: tuple[Signer, ...]
    has_self_signing: bool
    slug: str
    answer_limit: Code | None
    upstreams: tuple[UpstreamView, ...]
    operations: tuple[OperationView, ...]
    forwards: tuple[ForwardView, ...]


def client_view(emission: Emission) -> ClientView:
    """Return the view of a package's client."""
    capability, names = emission.capability, emission.names
    by_upstream = signers(capability, names)
    return ClientView(
        client=names.client,
        docstring=docstring(capability.description or capability.label, indent=4),
        has_settings=_has_settings(names),
        signers=tuple(dict.fromkeys(by_upstream.values())),
        has_self_signing=_has_self_signing(capability),
        slug=capability.slug,
        upstreams=tuple(
            _upstream(upstream, by_upstream, names) for upstream in capability.upstreams
        ),
        operations=tuple(
            Coroutine(operation, names, emission.argument_types).view()
            for operation in capability.operations
        ),
        answer_limit=_answer_limit(capability),
        forwards=tuple(forward_views(names)),
    )


def _has_self_signing(capability: Capability) -> bool:
    credentials = (upstream.credential for upstream in capability.upstreams)
    return any(signs_over_transports(credential) for credential in credentials)


def _answer_limit(capability: Capability) -> Code | None:
    """Return the most bytes of an answer, if they are more than usual."""
    limit = answer_limit(capability)
    return size(limit) if limit > USUAL_LIMIT else None


def _has_settings(names: Names) -> bool:
    """Return whether the client keeps its settings.

    Requests may contain settings besides credentials, and flows need the time limit.
    A client without operations has nothing else.
    """
    capability = names.capability
    if capability.flows or not capability.upstreams:
        return True
    return any(True for _ in request_variables(capability))


def _upstream(
    upstream: Upstream, signers: Mapping[str, Signer], names: Names
) -> UpstreamView:
    """Return an upstream: its base URI, its credential, and the variables it needs."""
    return UpstreamView(
        name=names.upstream(upstream),
        is_private=has_credential(upstream, names.capability),
        base_uri=names.base_uri(upstream),
        keyed_base_uri=keyed_base_uri(upstream, names),
        credential=credential_expression(upstream, signers, names),
        joins_cookies=joins_cookies(upstream, names.capability),
        needs=tuple(map(py, upstream_needs(upstream, names.capability))),
    )
