"""Kinds of credentials that sign requests: their signers, and the signers' libraries.

A new kind needs an arm in each function of this module; mypy reports the missing ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, fill, join, py, verbatim

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
