"""Credentials of requests: signers, their libraries, and expressions of static ones.

A new kind of signer needs an arm in each function of the first two sections; mypy
reports the missing ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, bare, fill, fstring, join, py, verbatim

# --- signers -----------------------------------------------------


@dataclass(frozen=True)
class SignerKind:
    """The class of the runtime that signs for a kind of credential."""

    name: Code
    variable: Code
    """The client's variable of a signer."""


def signer_kind(credential: type[ir.Signing]) -> SignerKind:
    """Return the signer of a kind of credential."""
    if issubclass(credential, ir.OAuth1):
        return SignerKind(verbatim("OAuth1"), verbatim("oauth1"))
    if issubclass(credential, ir.OAuth2):
        return SignerKind(verbatim("OAuth2"), verbatim("oauth2"))
    if issubclass(credential, ir.SigV4):
        return SignerKind(verbatim("SigV4"), verbatim("sigv4"))
    if issubclass(credential, ir.Hmac):
        return SignerKind(verbatim("Hmac"), verbatim("hmac"))
    if issubclass(credential, ir.Digest):
        return SignerKind(verbatim("Digest"), verbatim("digest"))
    if issubclass(credential, ir.Certificate):
        return SignerKind(verbatim("Certificate"), verbatim("certificate"))
    assert_never(credential)


def signs_over_transports(credential: ir.Credential | None) -> bool:
    """Return whether a credential signs over any transport; others need the pool."""
    return isinstance(credential, ir.OAuth1 | ir.SigV4 | ir.Hmac)


# --- libraries ---------------------------------------------------


@dataclass(frozen=True)
class Library:
    """A distribution that the module of a signer imports, and the extra with it."""

    requirement: str
    extra: str
    """The extra of the runtime's distribution."""
    stubs: str | None = None


LIBRARIES = (
    Library("cryptography>=46.0.5", "crypto"),
    Library("botocore>=1.40,<2", "sigv4", "botocore-stubs>=1.40"),
)
_CRYPTOGRAPHY, _BOTOCORE = LIBRARIES


def library(credential: ir.Signing) -> Library | None:
    """Return the library of a credential's signer, if it needs one."""
    match credential:
        case ir.OAuth1(signature=ir.RsaKey()) | ir.Certificate():
            return _CRYPTOGRAPHY
        case ir.SigV4():
            return _BOTOCORE
        case ir.OAuth1() | ir.OAuth2() | ir.Hmac() | ir.Digest():
            return None
        case _:
            assert_never(credential)


def credential_dependencies(capability: ir.Capability) -> set[str]:
    """Return the distributions that the credentials need."""
    return {dependency.requirement for dependency in _libraries(capability)}


def credential_stubs(capability: ir.Capability) -> set[str]:
    """Return the type stubs of those distributions."""
    stubs = (dependency.stubs for dependency in _libraries(capability))
    return {name for name in stubs if name is not None}


def _libraries(capability: ir.Capability) -> Iterator[Library]:
    for upstream in capability.upstreams:
        if isinstance(upstream.credential, ir.Signing):
            dependency = library(upstream.credential)
            if dependency is not None:
                yield dependency


# --- arguments ---------------------------------------------------

_KEYWORDS = {
    "scope": verbatim("scope"),
    "audience": verbatim("audience"),
    "resource": verbatim("resource"),
}


@dataclass(frozen=True)
class SignerArguments:
    """Writes the arguments of a signer's constructor."""

    text: Callable[[ir.Text], Code]
    """Returns the expression of a text."""

    def of(self, credential: ir.Signing) -> list[Code]:
        """Return the arguments for a credential."""
        match credential:
            case ir.OAuth1(consumer_key=key, token=token):
                signature = self._signature(credential.signature)
                return [self.text(key), signature, *self._optional(token)]
            case ir.OAuth2():
                return self._oauth2(credential)
            case ir.SigV4():
                return self._sigv4(credential)
            case ir.Hmac(api_id=api_id, api_key=api_key):
                return [self.text(api_id), _variable(api_key), self.text(api_key)]
            case ir.Digest(username=username, password=password):
                return [self.text(username), self.text(password)]
            case ir.Certificate(path=path, password=password):
                return [_variable(path), self.text(path), *self._optional(password)]
            case _:
                assert_never(credential)

    def _optional(self, value: ir.Text | None) -> list[Code]:
        return [] if value is None else [self.text(value)]

    def _signature(self, signature: ir.RsaKey | ir.SharedSecret) -> Code:
        match signature:
            case ir.RsaKey(key=key):
                return fill("rsa_signature({}, {})", _variable(key), self.text(key))
            case ir.SharedSecret(
                method=method, secret=secret, token_secret=token_secret
            ):
                secrets = [self.text(secret), *self._optional(token_secret)]
                return fill("hmac_signature({})", join(", ", [py(method), *secrets]))
            case _:
                assert_never(signature)

    def _oauth2(self, credential: ir.OAuth2) -> list[Code]:
        return [
            _variable(credential.token_endpoint),
            self.text(credential.token_endpoint),
            self.text(credential.client_id),
            self.text(credential.client_secret),
            verbatim("limits=settings.limits"),
            *(
                fill("{}={}", _KEYWORDS[name], self.text(value))
                for name, value in credential.parameters
            ),
        ]

    def _sigv4(self, credential: ir.SigV4) -> list[Code]:
        token = self._optional(credential.session_token)
        return [
            self.text(credential.access_key_id),
            self.text(credential.secret_key),
            fill("region={}", self.text(credential.region)),
            fill("service={}", self.text(credential.service)),
            *(fill("session_token={}", code) for code in token),
        ]


def _variable(value: ir.Text) -> Code:
    """Return the name of the variable that an error about a value mentions."""
    return py(
        next((variable.name for variable in ir.variables((value,))), "the document")
    )


Pair = ir.Bearer | ir.Basic | ir.HeaderKey | ir.CookieKey | ir.QueryKey
"""A credential that is one header or one query parameter."""


@dataclass(frozen=True)
class StaticExpressions:
    """Writes credentials that are static."""

    texts: CredentialTexts

    def of(self, credential: ir.Static) -> Code | None:
        """Return the credential of an upstream; a base URI may end in it instead."""
        match credential:
            case ir.PathKey():
                return None
            case ir.BodyKey(name=name, value=value):
                return self._call("BodyKey", (py(name), self.texts.expression(value)))
            case _:
                return self.pairs(credential)

    def pairs(self, credential: ir.Attached) -> Code:
        """Return the headers or query parameters that are added to requests."""
        match credential:
            case ir.SeveralKeys(keys=keys):
                return self._pairs(keys)
            case _:
                return self._pairs((credential,))

    def _pairs(self, pairs: Sequence[Pair]) -> Code:
        are_in_query = isinstance(pairs[0], ir.QueryKey)
        kind = "QueryKeys" if are_in_query else "HeaderKeys"
        return self._call(kind, map(self._pair, pairs))

    def _pair(self, credential: Pair) -> Code:
        text = self.texts.expression
        match credential:
            case ir.Bearer(token=token):
                return fill('("Authorization", {})', text("Bearer ", token))
            case ir.Basic(username=username, password=password):
                basic = self._call("basic", (text(username), text(password)))
                return fill('("Authorization", {})', basic)
            case ir.HeaderKey(name=name, value=value) | ir.QueryKey(
                name=name, value=value
            ):
                return fill("({}, {})", py(name), text(value))
            case ir.CookieKey(name=name, value=value):
                return fill('("Cookie", {})', text(f"{name}=", value))
            case _:
                assert_never(credential)

    def with_tail(self, base_uri: Code, tail: tuple[str | ir.Text, ...]) -> Code:
        """Return a base URI extended by a path that contains a credential."""
        parts = ([p] if isinstance(p, str) else self._path_pieces(p) for p in tail)
        return fstring((base_uri, *chain.from_iterable(parts)))

    def _path_pieces(self, text: ir.Text) -> Iterator[str | Code]:
        """Yield the pieces of a credential; an f-string can't encode a literal."""
        for piece in self.texts.pieces(text):
            if isinstance(piece, Code):
                yield self._call("path_text", [piece])
            else:
                yield quote(piece, safe=":")

    def _call(self, name: str, arguments: Iterable[Code]) -> Code:
        return fill("{}({})", bare(name), join(", ", arguments))


@dataclass(frozen=True)
class CredentialTexts:
    """Writes texts of credentials; `variable` returns the expression of a variable."""

    variable: Callable[[ir.Variable], Code]

    def expression(self, *parts: str | ir.Text) -> Code:
        """Return the expression of the texts, one after the other."""
        pieces = [*chain.from_iterable(map(self.pieces, parts))]
        match pieces:
            case [Code() as only]:
                return only
            case _:
                return fstring(pieces)

    def pieces(self, text: str | ir.Text) -> Sequence[str | Code]:
        """Return the literal texts and the expressions of a text."""
        if isinstance(text, str):
            return [text]
        return [
            piece if isinstance(piece, str) else self.variable(piece)
            for piece in ir.texts_and_variables(text)
        ]
