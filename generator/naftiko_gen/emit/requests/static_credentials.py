"""Credentials that are the same in every request, in the client and in emitted tests.

The two sides share no function: a mistake of either makes a test of the package fail.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, assert_never
from urllib.parse import parse_qsl, quote, urlencode

from naftiko_gen.emit.literals import Code, bare, fill, fstring, join, py
from naftiko_gen.emit.requests.bodies import JSON, MULTIPART
from naftiko_gen.emit.requests.styles_expected import encoded
from naftiko_gen.ir import (
    Basic,
    Bearer,
    BodyKey,
    CookieKey,
    HeaderKey,
    PathKey,
    QueryKey,
    SeveralKeys,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.requests.body_kinds import ExpectedContent
    from naftiko_gen.emit.requests.credential_texts import CredentialTexts
    from naftiko_gen.ir import Attached, Credential, Static, Text

    TextOf = Callable[[Text], str]
    """Returns a text of a credential as the tests have it."""
    TextPairs = tuple[tuple[str, str], ...]

# --- expressions in the client ----------------------------------


Pair = Bearer | Basic | HeaderKey | CookieKey | QueryKey
"""A credential that is one header or one query parameter."""


@dataclass(frozen=True)
class StaticExpressions:
    """Writes credentials that are static."""

    texts: CredentialTexts

    def of(self, credential: Static) -> Code | None:
        """Return the credential of an upstream; a base URI may end in it instead."""
        match credential:
            case PathKey():
                return None
            case BodyKey(name=name, value=value):
                return self._call("BodyKey", (py(name), self.texts.expression(value)))
            case _:
                return self.pairs(credential)

    def pairs(self, credential: Attached) -> Code:
        """Return the headers or query parameters that are added to requests."""
        match credential:
            case SeveralKeys(keys=keys):
                return self._pairs(keys)
            case _:
                return self._pairs((credential,))

    def _pairs(self, pairs: Sequence[Pair]) -> Code:
        are_in_query = isinstance(pairs[0], QueryKey)
        kind = "QueryKeys" if are_in_query else "HeaderKeys"
        return self._call(kind, map(self._pair, pairs))

    def _pair(self, credential: Pair) -> Code:
        text = self.texts.expression
        match credential:
            case Bearer(token=token):
                return fill('("Authorization", {})', text("Bearer ", token))
            case Basic(username=username, password=password):
                basic = self._call("basic", (text(username), text(password)))
                return fill('("Authorization", {})', basic)
            case HeaderKey(name=name, value=value) | QueryKey(name=name, value=value):
                return fill("({}, {})", py(name), text(value))
            case CookieKey(name=name, value=value):
                return fill('("Cookie", {})', text(f"{name}=", value))
            case _:
                assert_never(credential)

    def with_tail(self, base_uri: Code, tail: tuple[str | Text, ...]) -> Code:
        """Return a base URI extended by a path that contains a credential."""
        parts = ([p] if isinstance(p, str) else self._path_pieces(p) for p in tail)
        return fstring((base_uri, *chain.from_iterable(parts)))

    def _path_pieces(self, text: Text) -> Iterator[str | Code]:
        """Yield the pieces of a credential; an f-string can't encode a literal."""
        for piece in self.texts.pieces(text):
            if isinstance(piece, Code):
                yield self._call("path_text", [piece])
            else:
                yield quote(piece, safe=":")

    def _call(self, name: str, arguments: Iterable[Code]) -> Code:
        return fill("{}({})", bare(name), join(", ", arguments))


# --- requests in emitted tests -----------------------------------


@dataclass(frozen=True)
class SentCredential:
    """A credential in a request: before the path, and behind the other pairs.

    The values of `query` are percent-encoded. `with_body_key` adds a key to a body.
    """

    path: str = ""
    query: TextPairs = ()
    headers: TextPairs = ()
    cookies: TextPairs = ()


def sent_credential(credential: Static, text: TextOf) -> SentCredential:
    """Return the parts of a request that hold a credential, except for its body."""
    match credential:
        case Bearer(token=token):
            return _authorization(f"Bearer {text(token)}")
        case Basic(username=username, password=password):
            pair = f"{text(username)}:{text(password)}"
            return _authorization(f"Basic {base64.b64encode(pair.encode()).decode()}")
        case HeaderKey(name=name, value=value):
            return SentCredential(headers=((name, text(value)),))
        case QueryKey(name=name, value=value):
            return SentCredential(query=((name, encoded(text(value))),))
        case CookieKey(name=name, value=value):
            return SentCredential(cookies=((name, text(value)),))
        case SeveralKeys(keys=keys):
            return _join_keys(sent_credential(key, text) for key in keys)
        case PathKey(tail=tail):
            return SentCredential(path="".join(_path_text(part, text) for part in tail))
        case BodyKey():
            return SentCredential()
        case _:
            assert_never(credential)


def _authorization(value: str) -> SentCredential:
    return SentCredential(headers=(("Authorization", value),))


def _join_keys(parts: Iterable[SentCredential]) -> SentCredential:
    """Return the headers and the query of several keys."""
    several = list(parts)
    return SentCredential(
        query=tuple(chain.from_iterable(part.query for part in several)),
        headers=tuple(chain.from_iterable(part.headers for part in several)),
    )


def _path_text(part: str | Text, text: TextOf) -> str:
    return part if isinstance(part, str) else quote(text(part), safe=":")


def changes_body(credential: Credential | None) -> bool:
    """Return whether a credential becomes a part of the bodies of requests."""
    return isinstance(credential, BodyKey)


def with_body_key(
    credential: Credential | None,
    body: Plain,
    content: ExpectedContent | None,
    text: TextOf,
) -> tuple[Plain, ExpectedContent | None]:
    """Return the body of a request, with a credential as its member or field.

    A request without other content is given a JSON object. Multipart bodies declare the
    credential as a part, so they have it already.
    """
    if not isinstance(credential, BodyKey):
        return body, content
    member = {credential.name: text(credential.value)}
    if content is None:
        return (body if isinstance(body, dict) else {}) | member, None
    if content.media_type == MULTIPART:
        return body, content
    if content.media_type == JSON:
        return json.loads(content.data) | member, None
    return None, replace(content, data=_with_field(content.data, member))


def _with_field(form: bytes, member: dict[str, str]) -> bytes:
    """Return a form with a field, which replaces fields of the same name."""
    fields = parse_qsl(form.decode(), keep_blank_values=True)
    others = [field for field in fields if field[0] not in member]
    return urlencode([*others, *member.items()]).encode()
