"""Credentials of upstreams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics import Code, Report, Span, quote
from naftiko_gen.language import models
from naftiko_gen.language.expressions import Placeholder, has_placeholders, template
from naftiko_gen.resolve.addresses import check_host, problem, stand_in
from naftiko_gen.resolve.consumed.declarations import every_input
from naftiko_gen.resolve.consumed.places import check_key, is_token, is_value
from naftiko_gen.resolve.environment import Environment
from naftiko_gen.resolve.templates import text_template
from naftiko_gen.syntax.tree import Mapping

Secret = tuple[str, Mapping, str]
"""A secret text, with the mapping and key that hold it."""

_IDENTITY = re.compile(r"[!-+\--~]*")
"""Characters of a value in a list of a header: no commas and spaces."""
_OUTSIDE = re.compile(r"^([/\\]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)")
"""An absolute path, or one that goes up: `..` may follow a placeholder."""


def secret_placeholders(
    consumed: Iterable[models.Consumes], report: Report
) -> list[tuple[Placeholder, Span]]:
    """Return the placeholders in credentials, with places; report literal secrets."""
    secrets = (secret for consumes in consumed for secret in _secrets(consumes))
    return placeholders_of(secrets, report)


def placeholders_of(
    secrets: Iterable[Secret], report: Report
) -> list[tuple[Placeholder, Span]]:
    """Return the placeholders in secrets, with places; report literal ones."""
    placeholders: list[tuple[Placeholder, Span]] = []
    for text, node, key in secrets:
        placeholders += [
            (part, node.value_span(key))
            for part in template(text)
            if isinstance(part, Placeholder)
        ]
        _report_literal(text, node, key, report)
    return placeholders


def _secrets(consumes: models.Consumes) -> Iterator[Secret]:
    for model in _singles(consumes.authentication):
        if not isinstance(model, models.Anonymous):
            yield from secrets_of(model)
    for parameter in filter(_is_fixed_header, every_input(consumes)):
        name, value = parameter.name.lower(), str(parameter.value)
        # A cookie is a secret if a variable holds it.
        if name == "authorization" or (name == "cookie" and has_placeholders(value)):
            yield value, parameter.node, "value"


def _singles(model: models.Authentication | None) -> Sequence[models.Alternative]:
    match model:
        case None:
            return []
        case models.Alternatives(credentials=credentials):
            return credentials
        case _:
            return [model]


def secrets_of(model: models.Single) -> Iterator[Secret]:
    """Yield the secret texts of a credential, with their mappings and keys."""
    node = model.node
    match model:
        case models.Bearer(token=token):
            yield token, node, "token"
        case models.Basic() | models.Digest():
            yield from _pair(
                model.username, "username", model.password, "password", node
            )
        case models.ApiKey(value=value):
            yield value, node, "value"
        case models.ApiKeys(keys=keys):
            yield from ((key.value, key.node, "value") for key in keys)
        case models.OAuth1():
            yield from _oauth1_secrets(model)
        case models.OAuth2(client_id=client, client_secret=secret):
            yield from _pair(client, "clientId", secret, "clientSecret", node)
        case models.SigV4(access_key_id=access, secret_key=secret):
            yield from _pair(access, "accessKeyId", secret, "secretKey", node)
            if model.session_token is not None:
                yield model.session_token, node, "sessionToken"
        case models.Hmac(api_id=identity, api_key=key):
            yield from _pair(identity, "apiId", key, "apiKey", node)
        case models.Certificate(password=password):
            if password is not None:
                yield password, node, "certPassword"
        case _:
            assert_never(model)


def _pair(
    name: str, name_key: str, secret: str, secret_key: str, node: Mapping
) -> Iterator[Secret]:
    """Yield a user's name if it has placeholders, and the secret.

    One of the two must be a placeholder: some APIs take a key as the user's name, and
    an empty password.
    """
    if has_placeholders(name):
        yield name, node, name_key
    if secret or not has_placeholders(name):
        yield secret, node, secret_key


def _oauth1_secrets(model: models.OAuth1) -> Iterator[Secret]:
    if has_placeholders(model.consumer_key):
        yield model.consumer_key, model.node, "consumerKey"
    for secret, key in (
        (model.signing_key, "signingKey"),
        (model.consumer_secret, "consumerSecret"),
        (model.token, "token"),
        (model.token_secret, "tokenSecret"),
    ):
        if secret is not None:
            yield secret, model.node, key


def _is_fixed_header(model: models.ConsumedInput) -> bool:
    return model.place == "header" and model.value is not None


def _report_literal(text: str, node: Mapping, key: str, report: Report) -> None:
    # The value isn't shown: printed values end up in logs.
    if not has_placeholders(text):
        message = "a credential is written into the spec"
        hint = "declare a variable in 'binds' and write its name: '{{NAME}}'"
        report.add(Code.LITERAL_CREDENTIAL, message, node.value_span(key), hint)


def credential(
    consumes: models.Consumes, environment: Environment, report: Report
) -> ir.Credential | None:
    """Return the credential of an upstream, or None if it needs none.

    The `tail` of a path key is still empty.
    """
    model = consumes.authentication
    return (
        None
        if model is None
        else CredentialBuilder(model, environment, report).credential()
    )


@dataclass
class CredentialBuilder:
    """Builder of the credential of an `authentication` block."""

    model: models.Authentication
    environment: Environment
    report: Report

    def credential(self) -> ir.Credential:
        """Return the credential; report values that it can't have."""
        text, model = self._text, self.model
        match model:
            case models.Bearer(token=token):
                self._check_value(token, model.node, "token")
                return ir.Bearer(text("token", token))
            case models.Basic(username=username, password=password):
                name = self._username(username)
                return ir.Basic(name, text("password", password))
            case models.ApiKey():
                return self._key(model)
            case models.ApiKeys(keys=keys):
                return self._several(keys)
            case models.Alternatives(credentials=credentials):
                return self._alternatives(credentials)
            case _:
                return self._signing(model)

    def _alternatives(self, alternatives: list[models.Alternative]) -> ir.Alternatives:
        """Return alternative credentials; a last `none` allows anonymous requests."""
        match alternatives:
            case [_, *_, models.Anonymous()]:
                credentials = tuple(self._static(alternatives[:-1]))
                return ir.Alternatives(credentials, ir.Fallback.ANONYMOUS)
            case _:
                return ir.Alternatives(tuple(self._static(alternatives)))

    def _static(
        self, alternatives: Iterable[models.Alternative]
    ) -> Iterator[ir.Attached]:
        """Yield the credentials of alternatives; report unsupported ones."""
        for model in alternatives:
            if isinstance(model, models.Anonymous):
                message = "'none' must be the last of several alternatives"
                span = model.at("type")
                hint = "move it to the end of 'alternatives'"
                self.report.add(Code.UNUSABLE_CREDENTIAL, message, span, hint)
                continue
            builder = CredentialBuilder(model, self.environment, self.report)
            alternative = builder.credential()
            if isinstance(alternative, ir.Attached):
                yield alternative
            else:
                self._report_signing(model)
                # Its variables are used, even if the spec can't be compiled.
                texts = alternative.texts
                yield ir.SeveralKeys(tuple(ir.HeaderKey("", text) for text in texts))

    def _report_signing(self, model: models.Alternative) -> None:
        key = "placement" if isinstance(model, models.ApiKey) else "type"
        message = f"{quote(model.node.text(key))} can't be an alternative"
        self.report.add(Code.UNUSABLE_CREDENTIAL, message, model.at(key))

    def _signing(
        self,
        model: (
            models.Digest
            | models.OAuth1
            | models.OAuth2
            | models.SigV4
            | models.Hmac
            | models.Certificate
        ),
    ) -> ir.Signing:
        text = self._text
        match model:
            case models.Digest(username=username, password=password):
                name = self._username(username)
                return ir.Digest(name, text("password", password))
            case models.OAuth1():
                return self._oauth1(model)
            case models.OAuth2():
                return self._oauth2(model)
            case models.SigV4():
                return ir.SigV4(
                    self._identity("accessKeyId", model.access_key_id),
                    text("secretKey", model.secret_key),
                    self._optional("sessionToken", model.session_token),
                    self._identity("region", model.region),
                    self._identity("service", model.service),
                )
            case models.Hmac(api_id=identity, api_key=key):
                return ir.Hmac(self._identity("apiId", identity), text("apiKey", key))
            case models.Certificate(path=path, password=password):
                self._check_file(path)
                secret = self._optional("certPassword", password)
                return ir.Certificate(text("certPath", path), secret)
            case _:
                assert_never(model)

    def _check_file(self, path: str) -> None:
        """Report the file of a certificate that isn't in the project."""
        if _OUTSIDE.search(path):
            message = f"the package reads its certificate from {quote(path)}"
            span = self.model.at("certPath")
            hint = "check that the file is meant for this package, or bind a variable"
            self.report.add(Code.ABSOLUTE_BIND_FILE, message, span, hint)

    def _oauth1(self, model: models.OAuth1) -> ir.OAuth1:
        return ir.OAuth1(
            self._text("consumerKey", model.consumer_key),
            self._signature(model),
            self._optional("token", model.token),
        )

    def _signature(self, model: models.OAuth1) -> ir.RsaKey | ir.SharedSecret:
        """Return the signing key or secret; report missing and superfluous ones."""
        method = model.method or ("HMAC-SHA1" if model.signing_key is None else None)
        if method in (None, "RSA-SHA256"):
            return self._rsa_key(model)
        return self._shared_secret(model, str(method))

    def _rsa_key(self, model: models.OAuth1) -> ir.RsaKey:
        for key in ("consumerSecret", "tokenSecret"):
            if key in model.node:
                self._refuse(
                    key, "RSA-SHA256 signs with 'signingKey', not with a secret"
                )
        if model.signing_key is None:
            self._report_missing("signingKey", model)
        return ir.RsaKey(self._text("signingKey", model.signing_key or ""))

    def _shared_secret(self, model: models.OAuth1, method: str) -> ir.SharedSecret:
        if model.signing_key is not None:
            self._refuse(
                "signingKey", f"{method} signs with 'consumerSecret', not with a key"
            )
        secret = self._text("consumerSecret", model.consumer_secret or "")
        if model.consumer_secret is None:
            self._report_missing("consumerSecret", model)
        token_secret = self._optional("tokenSecret", model.token_secret)
        return ir.SharedSecret(method, secret, token_secret)

    def _report_missing(self, key: str, model: models.OAuth1) -> None:
        self.report.add(Code.MISSING_KEY, f"{quote(key)} is missing", model.node.span)

    def _oauth2(self, model: models.OAuth2) -> ir.OAuth2:
        scopes = " ".join(model.scopes) or None
        parameters = (
            ("scope", self._optional("scopes", scopes)),
            ("audience", self._optional("audience", model.audience)),
            ("resource", self._optional("resource", model.resource)),
        )
        return ir.OAuth2(
            self._token_endpoint(model.token_endpoint),
            self._text("clientId", model.client_id),
            self._text("clientSecret", model.client_secret),
            tuple((name, value) for name, value in parameters if value is not None),
        )

    def _token_endpoint(self, address: str) -> ir.Text:
        """Return the address of the token endpoint, which may have a query."""
        pieces = template(address)
        example = "".join(
            stand_in(is_first=not at) if isinstance(piece, Placeholder) else piece
            for at, piece in enumerate(pieces)
        )
        is_open = bool(pieces) and isinstance(pieces[0], Placeholder)
        fault = problem(example.replace("?", "/", 1), starts_open=is_open)
        if fault and "@" in address:
            # The text before an @ can be a password, so the line isn't shown.
            span = self.model.at("tokenEndpoint")
            message = "the token endpoint holds a user name"
            self.report.add(Code.LITERAL_CREDENTIAL, message, span)
        elif fault:
            self._refuse("tokenEndpoint", f"the token endpoint {fault}")
        check_host(example, self.model.at("tokenEndpoint"), self.report)
        return self._text("tokenEndpoint", address)

    def _several(self, keys: list[models.Key]) -> ir.SeveralKeys:
        in_query = all(key.placement == "query" for key in keys)
        texts = [self._text_of(key.value, key.node, "value") for key in keys]
        if in_query:
            pairs = zip(keys, texts, strict=True)
            return ir.SeveralKeys(tuple(ir.QueryKey(k.key, t) for k, t in pairs))
        for key in keys:
            check_key(key.key, key.at("key"), self.report)
            self._check_value(key.value, key.node, "value")
        pairs = zip(keys, texts, strict=True)
        return ir.SeveralKeys(tuple(ir.HeaderKey(k.key, t) for k, t in pairs))

    def _key(self, model: models.ApiKey) -> ir.Credential:
        name, value = model.key, self._text("value", model.value)
        match model.placement:
            case "query":
                return ir.QueryKey(name, value)
            case "header":
                check_key(name, model.at("key"), self.report)
                self._check_value(model.value, model.node, "value")
                return ir.HeaderKey(name, value)
            case "cookie":
                self._check_value(model.value, model.node, "value")
                if not is_token(name):
                    self._refuse("key", f"{quote(name)} can't be the name of a cookie")
                return ir.CookieKey(name, value)
            case "body":
                return ir.BodyKey(name, value)
            case "path":
                return ir.PathKey(name, value, ())
            case _:
                assert_never(model.placement)

    def _username(self, value: str) -> ir.Text:
        if any(":" in part for part in _literals(value)):
            self._refuse("username", "a user name can't contain a colon")
        return self._text("username", value)

    def _identity(self, key: str, value: str) -> ir.Text:
        """Return a value that is sent unescaped in a list of a header."""
        if not all(map(_IDENTITY.fullmatch, _literals(value))):
            self._refuse(
                key, f"{quote(key)} holds characters that no signature can have"
            )
        return self._text(key, value)

    def _check_value(self, value: str, node: Mapping, key: str) -> None:
        """Report literal text that no header can have."""
        if not all(map(is_value, _literals(value))):
            message = "the credential holds characters that no header can have"
            self.report.add(Code.UNUSABLE_HEADER, message, node.value_span(key))

    def _refuse(self, key: str, message: str) -> None:
        self.report.add(Code.UNUSABLE_CREDENTIAL, message, self.model.at(key))

    def _optional(self, key: str, value: str | None) -> ir.Text | None:
        return None if value is None else self._text(key, value)

    def _text(self, key: str, value: str) -> ir.Text:
        return self._text_of(value, self.model.node, key)

    def _text_of(self, value: str, node: Mapping, key: str) -> ir.Text:
        return text_of(value, node.value_span(key), self.environment)


def _literals(value: str) -> Iterator[str]:
    """Yield the literal text between placeholders."""
    return (part for part in template(value) if isinstance(part, str))


def text_of(value: str, span: Span, environment: Environment) -> ir.Text:
    """Return a text whose placeholders are variables."""

    def fill(placeholder: Placeholder, span: Span) -> ir.Template:
        return ir.Setting(environment.variable(placeholder, span))

    match text_template(value, span, fill):
        case (ir.Constant() | ir.Setting() | ir.Joined()) as text:
            return text
        case other:
            raise TypeError(f"a text became {other}")
