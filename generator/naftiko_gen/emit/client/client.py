"""`client.py`: the settings, `connect`, the credentials of upstreams, and forwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from naftiko_gen import ir
from naftiko_gen.emit.answers.readers import DEFAULT_LIMIT, answer_limit, size
from naftiko_gen.emit.client.operations import Coroutine
from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import pairs
from naftiko_gen.emit.credentials import CredentialExpressions
from naftiko_gen.emit.literals import (
    Code,
    array,
    bare,
    docstring,
    fill,
    join,
    py,
    verbatim,
)
from naftiko_gen.emit.package.emission import Emission
from naftiko_gen.emit.package.settings import settings_view
from naftiko_gen.emit.package.variables import PackageVariables
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions


def client_view(emission: Emission) -> View:
    """Return the view of a package's client."""
    capability, names = emission.capability, emission.names
    variables = emission.variables
    by_upstream = _signers(emission)
    signers = {str(signer.name): signer for signer in by_upstream.values()}.values()
    limit = answer_limit(capability)
    return View(
        client=names.client,
        docstring=docstring(capability.description or capability.label, indent=4),
        settings=settings_view(emission),
        has_settings=_has_settings(variables),
        signers=[*signers],
        has_self_signing=any(signer.is_self_signing for signer in signers),
        slug=capability.slug,
        upstreams=[
            _upstream(upstream, by_upstream, emission)
            for upstream in capability.upstreams
        ],
        operations=[
            Coroutine(operation, names, emission.argument_types).view()
            for operation in capability.operations
        ],
        answer_limit=size(limit) if limit > DEFAULT_LIMIT else None,
        forwards=[*_forwards(names)],
    )


def _has_settings(variables: PackageVariables) -> bool:
    """Return whether the client keeps its settings.

    Requests may contain settings besides credentials, and flows need the time limit.
    A client without operations has nothing else.
    """
    capability = variables.capability
    is_needed = bool(capability.flows) or not capability.upstreams
    return is_needed or bool(variables.in_requests)


def _forwards(names: Names) -> Iterator[View]:
    no_inputs: dict[ir.Input, Code] = {}
    templates = TemplateExpressions(
        no_inputs.__getitem__, names.setting_in(verbatim("self.settings"))
    )
    for upstream in names.capability.upstreams:
        # The forwards of an upstream differ only in their routes.
        for forward in names.capability.forwards_to(upstream)[:1]:
            title = f"Pass a request on to {upstream.namespace}."
            credential = upstream.credential
            yield View(
                name=names.forward(upstream),
                docstring=docstring(title, upstream.description or "", indent=8),
                upstream=names.upstream(upstream),
                query=pairs(forward.query, templates),
                headers=pairs(forward.headers, templates),
                cookies=pairs(forward.cookies, templates),
                hidden_queries=[*map(py, forward.hidden_queries)],
                is_whole=credential is not None and credential.needs_body,
            )


def _signers(emission: Emission) -> dict[str, View]:
    """Return the signer of each upstream that has one, by namespace.

    It is a local variable of `connect`; equal credentials share it, and others of its
    kind are numbered.
    """
    by_value: dict[tuple[Code, ...], View] = {}
    by_namespace = {}
    for upstream in emission.capability.upstreams:
        credential = upstream.credential
        if not isinstance(credential, ir.Signing):
            continue
        # The classes of the runtime have the same names.
        kind = type(credential).__name__
        arguments = _credentials(emission.names).of_signer(credential)
        before = sum(signer.kind == kind for signer in by_value.values())
        signer = View(
            name=bare(f"{kind.lower()}_{before + 1}" if before else kind.lower()),
            kind=bare(kind),
            arguments=arguments,
            # These sign over any transport, not only over the pool.
            is_self_signing=isinstance(credential, ir.OAuth1 | ir.SigV4 | ir.Hmac),
            needs=[*map(py, emission.variables.credential_needs(upstream))],
        )
        value = (signer.kind, *arguments)
        by_namespace[upstream.namespace] = by_value.setdefault(value, signer)
    return by_namespace


def _upstream(
    upstream: ir.Upstream, signers: Mapping[str, View], emission: Emission
) -> View:
    """Return an upstream: the client's argument, and how `connect` builds it."""
    names, variables = emission.names, emission.variables
    base_uri, keyed_base_uri = names.base_uri(upstream), None
    match upstream.credential:
        case ir.PathKey(tail=tail) if tail:
            uri = fill("settings.{}", base_uri)
            keyed_base_uri = _credentials(names).with_tail(uri, tail)
        case _:
            pass
    return View(
        name=names.upstream(upstream),
        is_private=variables.has_credential(upstream),
        base_uri=base_uri,
        keyed_base_uri=keyed_base_uri,
        credential=_credential(upstream, signers, names),
        joins_cookies=_joins_cookies(upstream, variables),
        needs=[*map(py, variables.upstream_needs(upstream))],
    )


def _joins_cookies(upstream: ir.Upstream, variables: PackageVariables) -> bool:
    """Return whether requests have cookies besides that of the credential."""
    slots = upstream.credential.slots if upstream.credential else ()
    if all(slot.place is not ir.SlotPlace.COOKIE for slot in slots):
        return False
    return any(request.cookies for request in variables.requests_to(upstream))


def _credential(
    upstream: ir.Upstream, signers: Mapping[str, View], names: Names
) -> Code | None:
    """Return an upstream's credential; a base URI may end in it instead."""
    credential = upstream.credential
    if credential is None:
        return None
    if isinstance(credential, ir.Signing):
        name: Code = signers[upstream.namespace].name
        return name
    if isinstance(credential, ir.Alternatives):
        return _first_set(credential, _credentials(names))
    return _credentials(names).of(credential)


def _first_set(
    alternatives: ir.Alternatives, expressions: CredentialExpressions
) -> Code:
    """Return the first credential that is set, each with the names of its variables."""
    rows = [verbatim("settings.unset")]
    for credential in alternatives.credentials:
        names = dict.fromkeys(variable.name for variable in credential.variables)
        row = array(map(py, names))
        rows.append(fill("({}, {})", row, expressions.of_attached(credential)))
    if alternatives.fallback is ir.Fallback.ANONYMOUS:
        rows.append(verbatim("([], None)"))
    return fill("FirstSet({},)", join(", ", rows))


def _credentials(names: Names) -> CredentialExpressions:
    return CredentialExpressions(names.setting_in(verbatim("settings")))
