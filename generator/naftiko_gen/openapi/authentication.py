"""Compare the credentials of capabilities with the schemes of OpenAPI documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from naftiko_gen import ir
from naftiko_gen.openapi.read.api import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.openapi.read.api import Scheme

Proof = tuple[str, str]
"""A kind of credential, and the name of its header, parameter or cookie."""

_BEARER: Proof = ("bearer", "")
_SINGLE: dict[type, Proof] = {
    ir.Bearer: _BEARER,
    ir.OAuth2: _BEARER,
    ir.Basic: ("basic", ""),
    ir.Digest: ("digest", ""),
    ir.OAuth1: ("oauth1", ""),
    ir.SigV4: ("aws", ""),
    ir.Hmac: ("hmac", ""),
    ir.Certificate: ("tls", ""),
}


def proofs_of(credential: ir.Credential | None) -> Iterator[Proof]:
    """Yield the proofs that a capability sends, of all alternatives."""
    match credential:
        case None:
            return
        case ir.HeaderKey() | ir.QueryKey() | ir.CookieKey() | ir.BodyKey():
            yield _key(credential)
        case ir.SeveralKeys(keys=keys):
            yield from map(_key, keys)
        case ir.PathKey(name=name):
            yield ("path", name)
        case ir.Alternatives(credentials=credentials):
            for alternative in credentials:
                yield from proofs_of(alternative)
        case _:
            yield _SINGLE[type(credential)]


def ways_of(credential: ir.Credential | None) -> list[set[Proof]]:
    """Return the proofs that a capability sends, for each of its alternatives."""
    match credential:
        case ir.Alternatives(credentials=credentials, fallback=fallback):
            ways = [set(proofs_of(alternative)) for alternative in credentials]
            return [*ways, set()] if fallback is ir.Fallback.ANONYMOUS else ways
        case _:
            return [set(proofs_of(credential))]


def proof_of(scheme: Scheme) -> Proof:
    """Return the proof that a security scheme requires."""
    match scheme.kind:
        case "bearer" | "oauth2" | "openid":
            return _BEARER
        case "basic" | "digest" | "tls":
            return (scheme.kind, "")
        case "apikey" if scheme.place is Place.HEADER:
            return _in_header(scheme.parameter, "")
        case "apikey":
            return (scheme.place.value, scheme.parameter)
        case _:
            return ("header", "authorization")


def describe(proof: Proof) -> str:
    """Return the name of a proof for messages."""
    kind, name = proof
    return f"{kind} {name}".strip()


def _key(
    key: ir.HeaderKey | ir.QueryKey | ir.CookieKey | ir.BodyKey,
) -> Proof:
    match key:
        case ir.HeaderKey(name=name, value=value):
            return _in_header(name, _start(value))
        case ir.QueryKey(name=name):
            return ("query", name)
        case ir.CookieKey(name=name):
            return ("cookie", name)
        case ir.BodyKey(name=name):
            return ("body", name)
        case _:
            assert_never(key)


def _in_header(name: str, start: str) -> Proof:
    """Return the proof in a header, which may be a cookie or a bearer token."""
    lower = name.lower()
    if lower == "cookie":
        return ("cookie", start.partition("=")[0])
    if lower == "authorization" and start.lower().startswith("bearer "):
        return _BEARER
    return ("header", lower)


def _start(value: object) -> str:
    match value:
        case ir.Joined(parts=(str() as text, *_)):
            return text
        case _:
            return ""
