"""Compare the credentials of capabilities with the schemes of OpenAPI documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.openapi.read.api import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.openapi.read.api import Scheme

Proof = tuple[str, str]
"""A kind of credential, and the name of its header, parameter or cookie."""

_BEARER: Proof = ("bearer", "")


def proofs_of(credential: ir.Credential | None) -> Iterator[Proof]:
    """Yield the proofs of identity in requests, for every alternative."""
    for choice in ir.choices(credential) if credential else ():
        if choice.label == "apikey":
            # A path has more texts than slots, and its key is the first of them.
            pairs = zip(choice.slots, choice.texts, strict=False)
            yield from (_key(slot, text) for slot, text in pairs)
        else:
            yield (choice.scheme or choice.label, "")


def ways_of(credential: ir.Credential | None) -> list[set[Proof]]:
    """Return the proofs that a capability sends, for each of its alternatives."""
    if credential is None:
        return [set()]
    ways = [set(proofs_of(choice)) for choice in ir.choices(credential)]
    return [*ways, set()] if ir.is_optional(credential) else ways


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


def _key(slot: ir.Slot, text: ir.Text) -> Proof:
    if slot.place is ir.SlotPlace.HEADER:
        return _in_header(slot.name, _start(text))
    return (slot.place.value, slot.name)


def _in_header(name: str, start: str) -> Proof:
    """Return the proof in a header, which may be a cookie or a bearer token."""
    lower = name.lower()
    if lower == "cookie":
        return ("cookie", start.partition("=")[0])
    if lower == "authorization" and start.lower().startswith("bearer "):
        return _BEARER
    return ("header", lower)


def _start(value: ir.Text) -> str:
    match value:
        case ir.Joined(parts=(str() as text, *_)):
            return text
        case _:
            return ""
