"""The expressions of credentials that are the same in every request of the client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, bare, fill, fstring, join, py

Pair = ir.Bearer | ir.Basic | ir.HeaderKey | ir.CookieKey | ir.QueryKey
"""A credential that is one header or one query parameter."""


@dataclass(frozen=True)
class StaticExpressions:
    """Writes credentials that are static."""

    texts: CredentialTexts

    def of(self, credential: ir.Static) -> Code | None:
        """Return the credential of an upstream; a base URI may end in it instead."""
        match credential:
            case ir.PathKey():
                return None
            case ir.BodyKey(name=name, value=value):
                return self._call("BodyKey", (py(name), self.texts.expression(value)))
            case _:
                return self.pairs(credential)

    def pairs(self, credential: ir.Attached) -> Code:
        """Return the headers or query parameters that are added to requests."""
        match credential:
            case ir.SeveralKeys(keys=keys):
                return self._pairs(keys)
            case _:
                return self._pairs((credential,))

    def _pairs(self, pairs: Sequence[Pair]) -> Code:
        are_in_query = isinstance(pairs[0], ir.QueryKey)
        kind = "QueryKeys" if are_in_query else "HeaderKeys"
        return self._call(kind, map(self._pair, pairs))

    def _pair(self, credential: Pair) -> Code:
        text = self.texts.expression
        match credential:
            case ir.Bearer(token=token):
                return fill('("Authorization", {})', text("Bearer ", token))
            case ir.Basic(username=username, password=password):
                basic = self._call("basic", (text(username), text(password)))
                return fill('("Authorization", {})', basic)
            case ir.HeaderKey(name=name, value=value) | ir.QueryKey(
                name=name, value=value
            ):
                return fill("({}, {})", py(name), text(value))
            case ir.CookieKey(name=name, value=value):
                return fill('("Cookie", {})', text(f"{name}=", value))
            case _:
                assert_never(credential)

    def with_tail(self, base_uri: Code, tail: tuple[str | ir.Text, ...]) -> Code:
        """Return a base URI extended by a path that contains a credential."""
        parts = ([p] if isinstance(p, str) else self._path_pieces(p) for p in tail)
        return fstring((base_uri, *chain.from_iterable(parts)))

    def _path_pieces(self, text: ir.Text) -> Iterator[str | Code]:
        """Yield the pieces of a credential; an f-string can't encode a literal."""
        for piece in self.texts.pieces(text):
            if isinstance(piece, Code):
                yield self._call("path_text", [piece])
            else:
                yield quote(piece, safe=":")

    def _call(self, name: str, arguments: Iterable[Code]) -> Code:
        return fill("{}({})", bare(name), join(", ", arguments))


@dataclass(frozen=True)
class CredentialTexts:
    """Writes texts of credentials; `variable` returns the expression of a variable."""

    variable: Callable[[ir.Variable], Code]

    def expression(self, *parts: str | ir.Text) -> Code:
        """Return the expression of the texts, one after the other."""
        pieces = [*chain.from_iterable(map(self.pieces, parts))]
        match pieces:
            case [Code() as only]:
                return only
            case _:
                return fstring(pieces)

    def pieces(self, text: str | ir.Text) -> Sequence[str | Code]:
        """Return the literal texts and the expressions of a text."""
        if isinstance(text, str):
            return [text]
        return [
            piece if isinstance(piece, str) else self.variable(piece)
            for piece in ir.texts_and_variables(text)
        ]
