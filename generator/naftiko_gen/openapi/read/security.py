"""Read security schemes and requirements, and compare them with credentials."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.openapi.prose import line
from naftiko_gen.openapi.read.api import Place, Requirement, Scheme
from naftiko_gen.openapi.read.references import References
from naftiko_gen.syntax.tree import Mapping, Node, Sequence

_CLIENT_FLOWS = ("clientCredentials", "application")
_KINDS = {
    "apiKey": "apikey",
    "basic": "basic",
    "mutualTLS": "tls",
    "oauth2": "oauth2",
    "openIdConnect": "openid",
}


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
    word, text, flow = node.text("scheme") or "", node.text("in"), node.text("flow")
    is_known = word.lower() in ("basic", "bearer", "digest")
    kinds = {**_KINDS, "http": word.lower() if is_known else word}
    kind = kinds.get(node.text("type") or "", "")
    if kind == "apikey":
        place = Place(text) if text in list(Place) else Place.HEADER
        return Scheme(name, kind, span, node.text("name") or "", place)
    if kind != "oauth2":
        return Scheme(name, kind, span)
    entries = references.entries(node.get("flows"))
    flows: dict[str, Node] = {entry.key: entry.value for entry in entries}
    flows = flows if flow is None else {flow: node}
    # Here a client gets a token with its own credentials.
    own = next((flows[key] for key in _CLIENT_FLOWS if key in flows), None)
    own_flow = references.mapping(own) or Mapping((), span)
    scopes = references.entries(own_flow.get("scopes"))
    return Scheme(
        name,
        kind,
        span,
        token_url=own_flow.text("tokenUrl") or "",
        scopes=tuple(line(entry.key) for entry in scopes),
        flows=tuple(flows),
    )


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
