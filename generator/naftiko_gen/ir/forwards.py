"""Forwards: requests that are passed on to an upstream as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.ir.credentials import SlotPlace
from naftiko_gen.ir.outputs import Identity
from naftiko_gen.ir.templates import variables

if TYPE_CHECKING:
    from naftiko_gen.ir.inputs import Input
    from naftiko_gen.ir.operations import Upstream
    from naftiko_gen.ir.settings import Variable
    from naftiko_gen.ir.templates import Template

__all__ = ["ANY_METHOD", "Forward"]

ANY_METHOD = "*"
"""The method of a route that forwards: every method without a route of its own."""


@dataclass(frozen=True)
class Forward:
    """A request of any method, passed on to an upstream; its response is the answer.

    Attributes:
        tail: The variable of the route that is the path below the upstream's base URI;
            None if requests go to the base URI itself.
        trusted: The headers of clients that are passed on.
        query: Parameters that the spec sets, in place of those of clients.
        headers: Headers that the spec sets, in place of those of clients.
        cookies: Cookies that the spec sets; those of clients aren't passed on.
    """

    upstream: Upstream
    tail: Input | None
    trusted: tuple[str, ...]
    query: tuple[tuple[str, Template], ...] = ()
    headers: tuple[tuple[str, Template], ...] = ()
    cookies: tuple[tuple[str, Template], ...] = ()

    @property
    def output(self) -> Identity:
        """Return the type of the answer: it is passed on unchanged."""
        return Identity()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables in requests, except in the credential."""
        pairs = (*self.query, *self.headers, *self.cookies)
        return tuple(variables(value for _, value in pairs))

    @property
    def hidden_queries(self) -> tuple[str, ...]:
        """Return the parameters of clients that aren't passed on."""
        credential = self.upstream.credential
        slots = credential.slots if credential else ()
        keys = (slot.name for slot in slots if slot.place is SlotPlace.QUERY)
        return tuple(dict.fromkeys(keys))
