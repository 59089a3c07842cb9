"""`client.py`: `connect`, the credentials of upstreams, and forwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.emit.answers.readers import DEFAULT_LIMIT, answer_limit, size
from naftiko_gen.emit.client.operations import Coroutine, OperationView
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.code.statements import Keyword, pairs
from naftiko_gen.emit.credentials import (
    CredentialTexts,
    SignerArguments,
    StaticExpressions,
    signer_kind,
    signs_over_transports,
)
from naftiko_gen.emit.literals import Code, docstring, fill, join, py, verbatim
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.needs import credential_needs, upstream_needs
from naftiko_gen.emit.requests.parts import has_credential, request_variables
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions


@dataclass(frozen=True)
class ForwardView:
    """A coroutine of the client that passes requests on to an upstream."""

    name: Code
    docstring: Code
    upstream: Code
    query: tuple[Keyword, ...]
    headers: tuple[Keyword, ...]
    cookies: tuple[Keyword, ...]
    hidden_queries: tuple[Code, ...]
    is_whole: bool
    """Whether the credential needs the whole body."""


def forward_views(names: Names) -> Iterator[ForwardView]:
    """Yield the coroutine of each upstream to which routes forward requests.

    The forwards of an upstream differ only in their routes.
    """
    first = {
        forward.upstream.namespace: forward
        for forward in reversed(names.capability.forwards)
    }
    templates = TemplateExpressions(
        argument=_no_placeholder,
        setting=lambda variable: fill("self.settings.{}", names.setting(variable)),
    )
    for upstream in names.capability.upstreams:
        forward = first.get(upstream.namespace)
        if forward is not None:
            yield _view(forward, names, templates)


def _view(
    forward: ir.Forward, names: Names, templates: TemplateExpressions
) -> ForwardView:
    upstream = forward.upstream
    title = f"Pass a request on to {upstream.namespace}."
    credential = upstream.credential
    return ForwardView(
        name=names.forward(upstream),
        docstring=docstring(title, upstream.description or "", indent=8),
        upstream=names.upstream(upstream),
        query=pairs(forward.query, templates),
        headers=pairs(forward.headers, templates),
        cookies=pairs(forward.cookies, templates),
        hidden_queries=tuple(map(py, forward.hidden_queries)),
        is_whole=credential is not None and credential.needs_body,
    )


def _no_placeholder(source: ir.Parameter | ir.Input) -> Code:
    raise TypeError(f"a forward refers to the input {source.name!r}")


_ANONYMOUS = verbatim("([], None)")


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


def signers(capability: ir.Capability, names: Names) -> dict[str, Signer]:
    """Return the signer of each upstream that has one, by namespace."""
    by_value: dict[tuple[Code, ...], Signer] = {}
    by_namespace = {}
    for upstream in capability.upstreams:
        if isinstance(upstream.credential, ir.Signing):
            signer = _signer(upstream, upstream.credential, by_value.values(), names)
            value = (signer.kind, *signer.arguments)
            by_namespace[upstream.namespace] = by_value.setdefault(value, signer)
    return by_namespace


def _signer(
    upstream: ir.Upstream,
    credential: ir.Signing,
    others: Iterable[Signer],
    names: Names,
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


def keyed_base_uri(upstream: ir.Upstream, names: Names) -> Code | None:
    """Return a base URI that ends in a credential, None without such an end."""
    match upstream.credential:
        case ir.PathKey(tail=tail) if tail:
            base_uri = fill("settings.{}", names.base_uri(upstream))
            return StaticExpressions(_texts(names)).with_tail(base_uri, tail)
        case _:
            return None


def joins_cookies(upstream: ir.Upstream, capability: ir.Capability) -> bool:
    """Return whether requests have cookies besides that of the credential."""
    slots = upstream.credential.slots if upstream.credential else ()
    if all(slot.place is not ir.SlotPlace.COOKIE for slot in slots):
        return False
    return any(
        operation.cookies
        for operation in capability.operations
        if operation.upstream is upstream
    ) or any(forward.cookies for forward in capability.forwards_to(upstream))


def credential_expression(
    upstream: ir.Upstream, signers: Mapping[str, Signer], names: Names
) -> Code | None:
    """Return an upstream's credential, which authenticates its requests."""
    credential = upstream.credential
    if isinstance(credential, ir.Signing):
        return signers[upstream.namespace].name
    expressions = StaticExpressions(_texts(names))
    match credential:
        case None:
            return None
        case ir.Alternatives():
            return _first_set(credential, expressions)
        case _:
            return expressions.of(credential)


def _first_set(credential: ir.Alternatives, expressions: StaticExpressions) -> Code:
    """Return the first credential that is set."""
    alternatives = [
        _alternative(alternative, expressions) for alternative in credential.credentials
    ]
    if credential.fallback is ir.Fallback.ANONYMOUS:
        alternatives.append(_ANONYMOUS)
    return fill(
        "FirstSet({},)", join(", ", (verbatim("settings.unset"), *alternatives))
    )


def _alternative(credential: ir.Attached, expressions: StaticExpressions) -> Code:
    """Return the names of a credential's variables, and the credential."""
    names = dict.fromkeys(variable.name for variable in credential.variables)
    row = join(", ", map(py, names))
    return fill("([{}], {})", row, expressions.pairs(credential))


def _texts(names: Names) -> CredentialTexts:
    return CredentialTexts(
        lambda variable: fill("settings.{}", names.setting(variable))
    )


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


def _has_self_signing(capability: ir.Capability) -> bool:
    credentials = (upstream.credential for upstream in capability.upstreams)
    return any(signs_over_transports(credential) for credential in credentials)


def _answer_limit(capability: ir.Capability) -> Code | None:
    """Return the most bytes of an answer, if they are more than usual."""
    limit = answer_limit(capability)
    return size(limit) if limit > DEFAULT_LIMIT else None


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
    upstream: ir.Upstream, signers: Mapping[str, Signer], names: Names
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
