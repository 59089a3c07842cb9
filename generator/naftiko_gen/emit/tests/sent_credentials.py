"""The parts of a request in which the emitted tests expect its credential."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

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
    Signing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from naftiko_gen.ir import Single, Text

    TextOf = Callable[[Text], str]
    """Returns a text of a credential as the tests have it."""
    Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SentCredential:
    """A credential in a request: before the path, and behind the other pairs.

    The values of `query` are percent-encoded. A body has its credential already.
    """

    path: str = ""
    query: Pairs = ()
    headers: Pairs = ()
    cookies: Pairs = ()


def sent_credential(credential: Single | None, text: TextOf) -> SentCredential:
    """Return the parts of a request that hold a credential."""
    if isinstance(credential, Signing):
        return SentCredential()  # added by the pool, which tests replace
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
        case BodyKey() | None:
            return SentCredential()
        case _:
            assert_never(credential)


def _authorization(value: str) -> SentCredential:
    return SentCredential(headers=(("Authorization", value),))


def _join_keys(parts: Iterable[SentCredential]) -> SentCredential:
    """Return the headers and the query of several keys."""
    several = list(parts)
    return SentCredential(
        query=tuple(chain.from_iterable(one.query for one in several)),
        headers=tuple(chain.from_iterable(one.headers for one in several)),
    )


def _path_text(part: str | Text, text: TextOf) -> str:
    return part if isinstance(part, str) else quote(text(part), safe=":")
