"""The JSON bodies of requests to routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.ir import InBody, InField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from naftiko_gen.ir import Input
    from naftiko_gen.tree import Plain


def body_of(inputs: Iterable[Input], value: Callable[[Input], Plain]) -> Plain:
    """Return the body that holds the values of inputs, None if none is in the body."""
    fields: dict[str, Plain] = {}
    for source in inputs:
        match source.location:
            case InBody():
                return value(source)
            case InField(path=path):
                _plant(fields, path, value(source))
            case _:
                pass
    return fields or None


def _plant(members: dict[str, Plain], path: tuple[str, ...], value: Plain) -> None:
    key, *inner = path
    if not inner:
        members[key] = value
        return
    member = members.setdefault(key, {})
    if isinstance(member, dict):
        _plant(member, tuple(inner), value)
