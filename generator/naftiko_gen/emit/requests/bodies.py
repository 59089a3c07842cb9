"""Bodies of requests to routes and to upstreams."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Plain

JSON = "application/json"
_WRITES = frozenset({"POST", "PUT", "PATCH"})


def media_type(body: ir.Body | None) -> str:
    """Return the media type of a body that is sent to an upstream."""
    return body.media_type if body else JSON


def has_dispensable_body(operation: ir.Operation) -> bool:
    """Return whether an empty object is sent as no body; few upstreams expect one."""
    template = operation.body.json if operation.body else None
    if operation.method in _WRITES or not isinstance(template, ir.ObjectTemplate):
        return False
    entries = template.entries
    return bool(entries) and all(
        isinstance(value, ir.Argument) and not value.source.required
        for _, value in entries
    )


def holds_bytes(kind: ir.Type) -> bool:
    """Return whether values of a type are bytes, or lists of bytes."""
    return kind in (ir.Bytes(), ir.Array(ir.Bytes()))


def raw_input(inputs: Iterable[ir.Input]) -> ir.Input | None:
    """Return the input that is a whole body other than JSON, if there is one."""
    raw = (
        source
        for source in inputs
        if isinstance(source.location, ir.InText | ir.InContent)
    )
    return next(raw, None)


def callers_media_type(route: ir.Route) -> str:
    """Return the media type of the body that a route's clients send."""
    raw = raw_input(route.inputs)
    return _raw_media_type(route.implementation) if raw else JSON


def _raw_media_type(implementation: ir.Implementation) -> str:
    """Return the media type of a body that is passed on to the upstream."""
    match implementation:
        case ir.ProjectedCall(call=call):
            return media_type(call.operation.body)
        case ir.Flow(call_steps=steps):
            bodies = (step.call.operation.body for step in steps)
            return media_type(next((body for body in bodies if body), None))
        case ir.Forward():
            raise TypeError("a forward has no input that is the body")
        case _:
            assert_never(implementation)


def has_contents(capability: ir.Capability) -> bool:
    """Return whether a route accepts a body that isn't JSON."""
    return any(raw_input(route.inputs) for route in capability.routes)


def body_of(inputs: Iterable[ir.Input], value: Callable[[ir.Input], Plain]) -> Plain:
    """Return the JSON body with the values of inputs, None if no input is in the body.

    If inputs are both the whole body and members of it, the members are added to it.
    """
    body: Plain = None
    members: list[tuple[tuple[str, ...], Plain]] = []
    for source in inputs:
        match source.location:
            case ir.InBody():
                body = value(source)
            case ir.InField(path=path):
                members.append((path, value(source)))
            case _:
                pass
    fields = dict(body) if isinstance(body, dict) else {}
    for path, member in members:
        _plant(fields, path, member)
    return fields or body


def _plant(members: dict[str, Plain], path: tuple[str, ...], value: Plain) -> None:
    key, *inner = path
    if not inner:
        members[key] = value
        return
    member = members.setdefault(key, {})
    if isinstance(member, dict):
        _plant(member, tuple(inner), value)
