"""Read security schemes and requirements, and compare them with credentials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.openapi.prose import line
from naftiko_gen.openapi.read.api import Place, Requirement, Scheme
from naftiko_gen.openapi.read.references import References
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

_CLIENT_FLOWS = ("clientCredentials", "application")


def read_schemes(root: Mapping, references: References) -> dict[str, Scheme]:
    """Return the schemes that a document declares, by name."""
    components = references.mapping(root.get("components"))
    schemes: dict[str, Scheme] = {}
    for entry in references.entries(components and components.get("securitySchemes")):
        node = references.mapping(entry.value)
        if node is not None:
            schemes[entry.key] = _scheme(entry.key, node, entry.span, references)
    return schemes


def read_requirements(node: Node | None) -> tuple[Requirement, ...] | None:
    """Return the alternatives of a `security`; an empty one allows anonymous calls."""
    if not isinstance(node, Sequence):
        return None
    return tuple(
        tuple(entry.key for entry in item.entries)
        for item in node.items
        if isinstance(item, Mapping)
    )


def _scheme(name: str, node: Mapping, span: Span, references: References) -> Scheme:
    description = line(node.text("description") or "")
    scheme = Scheme(name, "", description, span)
    match node.text("type"):
        case "apiKey":
            text = node.text("in")
            place = Place(text) if text in list(Place) else Place.HEADER
            parameter = node.text("name") or ""
            return replace(scheme, kind="apikey", parameter=parameter, place=place)
        case "http":
            word = node.text("scheme") or ""
            is_known = word.lower() in ("basic", "bearer", "digest")
            return replace(scheme, kind=word.lower() if is_known else word)
        case "oauth2":
            return _oauth2(replace(scheme, kind="oauth2"), node, references)
        case "basic":
            return replace(scheme, kind="basic")
        case "openIdConnect":
            return replace(scheme, kind="openid")
        case "mutualTLS":
            return replace(scheme, kind="tls")
        case _:
            return scheme


def _oauth2(scheme: Scheme, node: Mapping, references: References) -> Scheme:
    """Return a scheme with its flows, and the flow of a client's own credentials."""
    word = node.text("flow")
    if word is not None:
        own_flow = node if word in _CLIENT_FLOWS else None
        return _with_flow(replace(scheme, flows=(word,)), own_flow, references)
    flows = references.mapping(node.get("flows"))
    if flows is None:
        return scheme
    names = tuple(entry.key for entry in flows.entries)
    own_flow = references.mapping(flows.get("clientCredentials"))
    return _with_flow(replace(scheme, flows=names), own_flow, references)


def _with_flow(scheme: Scheme, flow: Mapping | None, references: References) -> Scheme:
    """Return a scheme with the endpoint and the scopes of a flow."""
    if flow is None:
        return scheme
    scopes = references.mapping(flow.get("scopes"))
    names = tuple(line(entry.key) for entry in scopes.entries) if scopes else ()
    return replace(scheme, token_url=flow.text("tokenUrl") or "", scopes=names)


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
