"""Read security schemes, and the requirements of operations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from naftiko_gen.openapi.prose import line
from naftiko_gen.openapi.read.api import Place, Requirement, Scheme
from naftiko_gen.openapi.read.document import Version
from naftiko_gen.syntax.tree import Mapping, Sequence

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span
    from naftiko_gen.openapi.read.references import References
    from naftiko_gen.syntax.tree import Node

_CLIENT_FLOWS = ("clientCredentials", "application")


def read_schemes(
    root: Mapping, version: Version, references: References
) -> dict[str, Scheme]:
    """Return the schemes that a document declares, by name."""
    holder = root.get("securityDefinitions")
    if version is not Version.SWAGGER_2:
        components = references.mapping(root.get("components"))
        holder = components.get("securitySchemes") if components else None
    definitions = references.mapping(holder)
    schemes: dict[str, Scheme] = {}
    for entry in definitions.entries if definitions else ():
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
