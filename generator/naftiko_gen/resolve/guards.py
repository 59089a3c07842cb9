"""Guards: the authentication of an adapter's clients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, Scope, template
from naftiko_gen.resolve.addresses import check_host, check_issuer, problem
from naftiko_gen.resolve.consumed.credentials import (
    CredentialBuilder,
    fill_address,
    placeholders_in,
    placeholders_of,
    secrets_of,
    text_of,
)
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.syntax.tree import Mapping

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""A scope by RFC 6749, section 3.3."""
_TEXTS = (
    *("token", "username", "password", "value"),
    *("authorizationServerUri", "resource", "audience"),
)
"""The keys of guards whose texts may have placeholders."""


def guard_placeholders(
    adapters: Iterable[models.Adapter], report: Report
) -> list[tuple[Placeholder, Span]]:
    """Return the placeholders in guards, with places; report literal secrets."""
    secrets = (
        secret
        for adapter in adapters
        if isinstance(adapter.authentication, models.ConstantGuard)
        for secret in secrets_of(adapter.authentication)
    )
    return placeholders_of(secrets, report)


def warn_of_shared(
    adapters: Iterable[models.Adapter],
    environment: Environment,
    sent_variables: Iterable[ir.Variable],
    report: Report,
) -> None:
    """Warn of secrets that clients have to know and that upstreams get."""
    names = {variable.name for variable in sent_variables}
    for adapter in adapters:
        if not isinstance(adapter.authentication, models.ConstantGuard):
            continue
        for part, span in placeholders_in(secrets_of(adapter.authentication)):
            variable = environment.bound_variable(part, span)
            name = variable.name if variable else part.name
            if name in names:
                message = f"clients have to know {name}, which upstreams get too"
                report.add(Code.SHARED_CREDENTIAL, message, span)


def note_unused(adapters: Iterable[models.Adapter], report: Report) -> None:
    """Report the authentication of clients that no HTTP request reaches."""
    for adapter in adapters:
        if adapter.authentication is None:
            continue
        match adapter:
            case models.Skills(port=None):
                reason = "nothing listens for skills without a port"
            case models.Mcp(transport="stdio"):
                reason = "a client on stdio starts the server itself"
            case _:
                continue
        message = f"'authentication' guards nothing: {reason}"
        span = adapter.node.key_span("authentication")
        report.add(Code.UNUSED_AUTHENTICATION, message, span)


def check_inputs(
    adapter: models.Rest,
    guard: ir.Guard | None,
    routes: Iterable[ir.Route],
    report: Report,
) -> None:
    """Report an input that is the credential of clients: it isn't passed on."""
    slots = frozenset() if guard is None else frozenset(guard.slots)
    for route in routes:
        for source in route.inputs:
            if any(_is_in(source, slot) for slot in slots):
                fault = f"{quote(source.name)} can't be an input of {quote(route.name)}"
                message = f"{fault}: clients' credentials aren't passed on"
                span = adapter.node.key_span("authentication")
                report.add(Code.UNUSABLE_CREDENTIAL, message, span)


def _is_in(source: ir.Input, slot: ir.Slot) -> bool:
    match source.location, slot.place:
        case ir.InHeader(), ir.SlotPlace.HEADER:
            return source.name.lower() == slot.name.lower()
        case (ir.InQuery(), ir.SlotPlace.QUERY) | (ir.InCookie(), ir.SlotPlace.COOKIE):
            return source.name == slot.name
        case _:
            return False


@dataclass(frozen=True)
class GuardResolver:
    """Resolver of guards; their variables have to be declared."""

    environment: Environment
    report: Report

    def guard(self, adapter: models.Adapter) -> ir.Guard | None:
        """Return the guard of an adapter; None if it declares none, or a faulty one."""
        model = adapter.authentication
        if model is None:
            return None
        is_usable = self._is_bound(model.node)
        if not is_usable and Code.UNBOUND_GUARD not in self.report.tolerated:
            return None
        match model:
            case models.ResourceServer():
                return self._access_token(model, adapter)
            case _:
                return self._constant(model)

    def _is_bound(self, node: Mapping) -> bool:
        """Return whether `binds` declares all placeholders; report the others."""
        unbound = [(key, name) for key in _TEXTS for name in self._unbound(node, key)]
        for key, name in unbound:
            message = f"{quote(name)} isn't in 'binds', so no variable holds it"
            hint = f"declare it in 'binds', or write '{{{{env.{name}}}}}'"
            self.report.add(Code.UNBOUND_GUARD, message, node.value_span(key), hint)
        return not unbound

    def _unbound(self, node: Mapping, key: str) -> Iterator[str]:
        span = node.value_span(key)
        for part in template(node.text(key) or ""):
            if isinstance(part, Placeholder) and not self._has_variable(part, span):
                yield part.name

    def _has_variable(self, placeholder: Placeholder, span: Span) -> bool:
        is_bound = self.environment.bound_variable(placeholder, span) is not None
        return is_bound or placeholder.scope is Scope.ENVIRONMENT

    def _constant(self, model: models.ConstantGuard) -> ir.Guard | None:
        guard = CredentialBuilder(model, self.environment, self.report).credential()
        if isinstance(guard, ir.Guard):
            return guard
        message = "a key of clients must be in a header, the query or a cookie"
        self._refuse(model.node, "placement", message)
        return None

    def _access_token(
        self, model: models.ResourceServer, adapter: models.Adapter
    ) -> ir.AccessToken | None:
        check_issuer(model, self.report)
        self._check_url(model, "authorizationServerUri", model.authorization_server)
        if model.resource is not None:
            self._check_url(model, "resource", model.resource)
        self._check_scopes(model)
        audience = model.audience or model.resource
        if audience is None or (isinstance(adapter, models.Mcp) and not model.resource):
            message = "'resource' is missing: the URL of this server in tokens"
            self.report.add(Code.MISSING_KEY, message, model.node.span)
            return None
        is_named = model.audience is not None
        return ir.AccessToken(
            self._text(model, "authorizationServerUri", model.authorization_server),
            self._text(model, "audience" if is_named else "resource", audience),
            self._text(model, "resource", model.resource) if model.resource else None,
            tuple(model.scopes),
            model.token_endpoint,
        )

    def _check_url(self, model: models.ResourceServer, key: str, text: str) -> None:
        example, starts_open = fill_address(text)
        if key == "authorizationServerUri":
            check_host(example, model.at(key), self.report)
        if fault := problem(example, starts_open=starts_open):
            self._refuse(model.node, key, f"{quote(key)} {fault}")

    def _check_scopes(self, model: models.ResourceServer) -> None:
        for scope in model.scopes:
            if not _SCOPE.fullmatch(scope):
                self._refuse(model.node, "scopes", f"{quote(scope)} can't be a scope")

    def _text(self, model: models.ResourceServer, key: str, text: str) -> ir.Text:
        return text_of(text, model.at(key), self.environment)

    def _refuse(self, node: Mapping, key: str, message: str) -> None:
        self.report.add(Code.UNUSABLE_CREDENTIAL, message, node.value_span(key))
