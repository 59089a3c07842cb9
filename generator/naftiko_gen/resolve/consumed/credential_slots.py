"""The slots in a request that a credential occupies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen import ir
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.diagnostics.quoting import quote

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.language import models
    from naftiko_gen.resolve.catalogue import DeclaredOperation

_RESERVED = frozenset({ir.SlotPlace.QUERY, ir.SlotPlace.BODY, ir.SlotPlace.PATH})
_NAMELESS = frozenset({ir.SlotPlace.COOKIE, ir.SlotPlace.CONNECTION})


def is_sent(
    model: models.ConsumedInput, credential: ir.Credential | None, report: Report
) -> bool:
    """Return whether a parameter is sent; report one that isn't, or that can't be."""
    if model.place == "cookie":
        return _is_cookie_sent(model, credential, report)
    if model.place == "header":
        return _is_header_sent(model, credential, report)
    if (model.place, model.name) not in reserved_slots(credential):
        return True
    message = f"{quote(model.name)} is ignored: 'authentication' sets it"
    report.add(Code.REDUNDANT_PARAMETER, message, model.node.value_span("name"))
    return False


def reserved_slots(credential: ir.Credential | None) -> frozenset[tuple[str, str]]:
    """Return the slots, as place and name, that only the credential may fill."""
    slots = credential.slots if credential else ()
    return frozenset((s.place.value, s.name) for s in slots if s.place in _RESERVED)


def slot_names(credential: ir.Credential | None) -> frozenset[str]:
    """Return the names of a credential's headers and parameters, in its spelling."""
    slots = credential.slots if credential else ()
    return frozenset(slot.name for slot in slots if slot.place not in _NAMELESS)


def check_variable(declaration: DeclaredOperation, name: str, report: Report) -> None:
    """Report a path key whose variable is missing in the path."""
    credential = declaration.consumes.authentication
    if credential is not None:
        address = f"neither 'baseUri' nor the path {quote(declaration.resource.path)}"
        message = f"{address} has the variable {quote('{' + name + '}')}"
        report.add(Code.UNUSABLE_CREDENTIAL, message, credential.node.value_span("key"))


def with_key(
    content: ir.Body | None, credential: ir.Credential | None
) -> ir.Body | None:
    """Return a multipart body with the key as a part, in place of a part of its name.

    Other bodies stay as they are: the package adds the key to them when it sends them.
    """
    if content is None or not isinstance(credential, ir.BodyKey):
        return content
    return content.with_key(credential.name, credential.value)


def check_body(
    content: ir.Body | None,
    credential: ir.Credential | None,
    model: models.ConsumedOperation,
    report: Report,
) -> None:
    """Report a body that can't hold the credential's key."""
    if content is None or content.accepts_key or not isinstance(credential, ir.BodyKey):
        return
    message = "a body of this type can't hold the key of 'authentication'"
    report.add(Code.UNUSABLE_CREDENTIAL, message, model.node.value_span("body"))
