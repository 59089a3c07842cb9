"""Credentials of upstreams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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

Secret = tuple[str, models.Model, str]
"""A secret text, with the model and key that hold it."""

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
    for secret in secrets:
        parts, (_, model, key) = list(placeholders_in([secret])), secret
        placeholders += parts
        # The value isn't shown: printed values end up in logs.
        if not parts:
            message = "a credential is written into the spec"
            hint = "declare a variable in 'binds' and write its name: '{{NAME}}'"
            report.add(Code.LITERAL_CREDENTIAL, message, model.at(key), hint)
    return placeholders


def placeholders_in(secrets: Iterable[Secret]) -> Iterator[tuple[Placeholder, Span]]:
    """Yield the placeholders in secrets, with places."""
    for text, model, key in secrets:
        for part in template(text):
            if isinstance(part, Placeholder):
                yield part, model.at(key)


def _secrets(consumes: models.Consumes) -> Iterator[Secret]:
    model = consumes.authentication
    for single in (
        model.credentials if isinstance(model, models.Alternatives) else [model]
    ):
        if single is not None and not isinstance(single, models.Anonymous):
            yield from secrets_of(single)
    for parameter in every_input(consumes):
        name, value = parameter.name.lower(), str(parameter.value)
        # A cookie is a secret if a variable holds it.
        is_secret = name == "cookie" and has_placeholders(value)
        is_fixed = parameter.place == "header" and parameter.value is not None
        if is_fixed and (name == "authorization" or is_secret):
            yield value, parameter, "value"


def secrets_of(model: models.Single) -> Iterator[Secret]:
    """Yield the secret texts of a credential, with their models and keys."""
    match model:
        case models.Bearer():
            yield from _texts(model, "token")
        case models.Basic() | models.Digest():
            yield from _pair(model, "username", "password")
        case models.ApiKey():
            yield from _texts(model, "value")
        case models.ApiKeys(keys=keys):
            yield from ((key.value, key, "value") for key in keys)
        case models.OAuth1():
            if has_placeholders(model.consumer_key):
                yield from _texts(model, "consumer_key")
            fields = ("signing_key", "consumer_secret", "token", "token_secret")
            yield from _texts(model, *fields)
        case models.OAuth2():
            yield from _pair(model, "client_id", "client_secret")
        case models.SigV4():
            yield from _pair(model, "access_key_id", "secret_key")
            yield from _texts(model, "session_token")
        case models.Hmac():
            yield from _pair(model, "api_id", "api_key")
        case models.Certificate():
            yield from _texts(model, "password")
        case _:
            assert_never(model)


def _texts(model: models.Single, *fields: str) -> Iterator[Secret]:
    for field in fields:
        if getattr(model, field) is not None:
            yield getattr(model, field), model, _key_of(model, field)


def _pair(model: models.Single, name: str, secret: str) -> Iterator[Secret]:
    """Yield a user's name if it has placeholders, and the secret.

    One of the two must be a placeholder: some APIs take a key as the user's name, and
    an empty password.
    """
    is_key = has_placeholders(getattr(model, name))
    yield from _texts(model, *([name] if is_key else []))
    yield from _texts(
        model, *([secret] if getattr(model, secret) or not is_key else [])
    )


@dataclass
class CredentialBuilder:
    """Builder of the credential of an `authentication` block."""

    model: models.Authentication
    environment: Environment
    report: Report

    def credential(self) -> ir.Credential:
        """Return the credential; report values that it can't have.

        The `tail` of a path key is still empty.
        """
        text, identity, optional = self._text, self._identity, self._optional
        match self.model:
            case models.Bearer(token=token) as model:
                self._check_value(token, model, "token")
                return ir.Bearer(text("token"))
            case models.Basic(username=username):
                self._check_username(username)
                return ir.Basic(text("username"), text("password"))
            case models.Digest(username=username):
                self._check_username(username)
                return ir.Digest(text("username"), text("password"))
            case models.ApiKey() as model:
                return self._key(model)
            case models.ApiKeys(keys=keys):
                return self._several(keys)
            case models.Alternatives(credentials=credentials):
                return self._alternatives(credentials)
            case models.OAuth1() as model:
                key, signature = text("consumer_key"), self._signature(model)
                return ir.OAuth1(key, signature, optional("token"))
            case models.OAuth2() as model:
                return self._oauth2(model)
            case models.SigV4():
                return ir.SigV4(
                    identity("access_key_id"),
                    text("secret_key"),
                    optional("session_token"),
                    identity("region"),
                    identity("service"),
                )
            case models.Hmac():
                return ir.Hmac(identity("api_id"), text("api_key"))
            case models.Certificate(path=path):
                self._check_file(path)
                return ir.Certificate(text("path"), optional("password"))
            case _:
                assert_never(self.model)

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
        code = Code.UNUSABLE_CREDENTIAL
        for model in alternatives:
            if isinstance(model, models.Anonymous):
                message = "'none' must be the last of several alternatives"
                hint = "move it to the end of 'alternatives'"
                self.report.add(code, message, model.at("type"), hint)
                continue
            alternative = replace(self, model=model).credential()
            if isinstance(alternative, ir.Attached):
                yield alternative
            else:
                key = "placement" if isinstance(model, models.ApiKey) else "type"
                message = f"{quote(model.node.text(key))} can't be an alternative"
                self.report.add(code, message, model.at(key))
                # Its variables are used, even if the spec can't be compiled.
                texts = alternative.texts
                yield ir.SeveralKeys(tuple(ir.HeaderKey("", text) for text in texts))

    def _check_file(self, path: str) -> None:
        """Report the file of a certificate that isn't in the project."""
        if _OUTSIDE.search(path):
            message = f"the package reads its certificate from {quote(path)}"
            span = self.model.at("certPath")
            hint = "check that the file is meant for this package, or bind a variable"
            self.report.add(Code.ABSOLUTE_BIND_FILE, message, span, hint)

    def _signature(self, model: models.OAuth1) -> ir.RsaKey | ir.SharedSecret:
        """Return the signing key or secret; report missing and superfluous ones."""
        method = model.method or ("HMAC-SHA1" if model.signing_key is None else None)
        if method in (None, "RSA-SHA256"):
            for key in ("consumerSecret", "tokenSecret"):
                if key in model.node:
                    message = "RSA-SHA256 signs with 'signingKey', not with a secret"
                    self._refuse(key, message)
            return ir.RsaKey(self._text_or_report("signing_key"))
        if model.signing_key is not None:
            message = f"{method} signs with 'consumerSecret', not with a key"
            self._refuse("signingKey", message)
        secret = self._text_or_report("consumer_secret")
        return ir.SharedSecret(str(method), secret, self._optional("token_secret"))

    def _oauth2(self, model: models.OAuth2) -> ir.OAuth2:
        scopes, span = " ".join(model.scopes), model.at("scopes")
        parameters = (
            ("scope", text_of(scopes, span, self.environment) if scopes else None),
            ("audience", self._optional("audience")),
            ("resource", self._optional("resource")),
        )
        self._check_token_endpoint(model.token_endpoint)
        return ir.OAuth2(
            self._text("token_endpoint"),
            self._text("client_id"),
            self._text("client_secret"),
            tuple((name, value) for name, value in parameters if value is not None),
        )

    def _check_token_endpoint(self, address: str) -> None:
        """Report the faults of the token endpoint's address, which may have a query."""
        example, starts_open = fill_address(address)
        fault = problem(example.replace("?", "/", 1), starts_open=starts_open)
        span = self.model.at("tokenEndpoint")
        if fault and "@" in address:
            # The text before an @ can be a password, so the line isn't shown.
            message = "the token endpoint holds a user name"
            self.report.add(Code.LITERAL_CREDENTIAL, message, span)
        elif fault:
            self._refuse("tokenEndpoint", f"the token endpoint {fault}")
        check_host(example, span, self.report)

    def _several(self, keys: list[models.Key]) -> ir.SeveralKeys:
        texts = [text_of(k.value, k.at("value"), self.environment) for k in keys]
        pairs = [(key.key, text) for key, text in zip(keys, texts, strict=True)]
        if all(key.placement == "query" for key in keys):
            return ir.SeveralKeys(tuple(ir.QueryKey(*pair) for pair in pairs))
        for key in keys:
            check_key(key.key, key.at("key"), self.report)
            self._check_value(key.value, key, "value")
        return ir.SeveralKeys(tuple(ir.HeaderKey(*pair) for pair in pairs))

    def _key(self, model: models.ApiKey) -> ir.Credential:
        name, value = model.key, self._text("value")
        match model.placement:
            case "query":
                return ir.QueryKey(name, value)
            case "header":
                check_key(name, model.at("key"), self.report)
                self._check_value(model.value, model, "value")
                return ir.HeaderKey(name, value)
            case "cookie":
                self._check_value(model.value, model, "value")
                if not is_token(name):
                    self._refuse("key", f"{quote(name)} can't be the name of a cookie")
                return ir.CookieKey(name, value)
            case "body":
                return ir.BodyKey(name, value)
            case "path":
                return ir.PathKey(name, value, ())
            case _:
                assert_never(model.placement)

    # --- texts ---

    def _check_username(self, value: str) -> None:
        if any(":" in part for part in _literals(value)):
            self._refuse("username", "a user name can't contain a colon")

    def _check_value(self, value: str, model: models.Model, key: str) -> None:
        """Report literal text that no header can have."""
        if not all(map(is_value, _literals(value))):
            message = "the credential holds characters that no header can have"
            self.report.add(Code.UNUSABLE_HEADER, message, model.at(key))

    def _refuse(self, key: str, message: str) -> None:
        self.report.add(Code.UNUSABLE_CREDENTIAL, message, self.model.at(key))

    def _identity(self, field: str) -> ir.Text:
        """Return a value that is sent unescaped in a list of a header."""
        if not all(map(_IDENTITY.fullmatch, _literals(getattr(self.model, field)))):
            key = _key_of(self.model, field)
            fault = f"{quote(key)} holds characters that no signature can have"
            self._refuse(key, fault)
        return self._text(field)

    def _text_or_report(self, field: str) -> ir.Text:
        """Return a text that the chosen signature needs; report a missing one."""
        if getattr(self.model, field) is None:
            message = f"{quote(_key_of(self.model, field))} is missing"
            self.report.add(Code.MISSING_KEY, message, self.model.node.span)
        return self._optional(field) or ir.Constant("")

    def _optional(self, field: str) -> ir.Text | None:
        return None if getattr(self.model, field) is None else self._text(field)

    def _text(self, field: str) -> ir.Text:
        span = self.model.at(_key_of(self.model, field))
        return text_of(getattr(self.model, field), span, self.environment)


def _key_of(model: models.Model, field: str) -> str:
    """Return the key of a field in a spec."""
    return type(model).model_fields[field].alias or field


def _literals(value: str) -> Iterator[str]:
    """Yield the literal text between placeholders."""
    return (part for part in template(value) if isinstance(part, str))


def fill_address(address: str) -> tuple[str, bool]:
    """Return an address with values for its placeholders, and whether one begins it."""
    pieces = template(address)
    texts = (
        stand_in(is_first=not at) if isinstance(piece, Placeholder) else piece
        for at, piece in enumerate(pieces)
    )
    return "".join(texts), bool(pieces) and isinstance(pieces[0], Placeholder)


def text_of(value: str, span: Span, environment: Environment) -> ir.Text:
    """Return a text whose placeholders are variables."""

    def fill(placeholder: Placeholder, span: Span) -> ir.Template:
        return ir.Setting(environment.variable(placeholder, span))

    match text_template(value, span, fill):
        case (ir.Constant() | ir.Setting() | ir.Joined()) as text:
            return text
        case other:
            raise TypeError(f"a text became {other}")
