"""Credentials of requests: signers, their libraries, and expressions of static ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import assert_never
from urllib.parse import quote

from naftiko_gen import ir
from naftiko_gen.emit.literals import (
    Code,
    call_of,
    fill,
    fstring,
    keyword,
    py,
    verbatim,
)


@dataclass(frozen=True)
class Library:
    """A distribution that the module of a signer imports, and the extra with it."""

    requirement: str
    extra: str
    """The extra of the runtime's distribution."""
    stubs: tuple[str, ...] = ()


LIBRARIES = (
    Library("cryptography>=46.0.5", "crypto"),
    Library("botocore>=1.40,<2", "sigv4", ("botocore-stubs>=1.40",)),
)
_CRYPTOGRAPHY, _BOTOCORE = LIBRARIES


def library(credential: ir.Signing) -> Library | None:
    """Return the library of a credential's signer, if it needs one."""
    match credential:
        case ir.OAuth1(signature=ir.RsaKey()) | ir.Certificate():
            return _CRYPTOGRAPHY
        case ir.SigV4():
            return _BOTOCORE
        case ir.OAuth1() | ir.OAuth2() | ir.Hmac() | ir.Digest():
            return None
        case _:
            assert_never(credential)


_Text = ir.Text | None
Pair = ir.Bearer | ir.Basic | ir.HeaderKey | ir.CookieKey | ir.QueryKey
"""A credential that is one header or one query parameter."""


@dataclass(frozen=True)
class CredentialExpressions:
    """Writes credentials; `setting` returns the expression of a variable."""

    setting: Callable[[ir.Variable], Code]

    def of_signer(self, credential: ir.Signing) -> list[Code]:
        """Return the arguments of a signer's constructor."""
        match credential:
            case ir.OAuth1(consumer_key=key, token=token):
                signature = self._signature(credential.signature)
                return [self._text(key), signature, *self._texts(token)]
            case ir.OAuth2(token_endpoint=endpoint, client_id=client_id):
                return [
                    _variable(endpoint),
                    *self._texts(endpoint, client_id, credential.client_secret),
                    verbatim("limits=settings.limits"),
                    *self._keywords(*credential.parameters),
                ]
            case ir.SigV4():
                return [
                    *self._texts(credential.access_key_id, credential.secret_key),
                    *self._keywords(
                        ("region", credential.region),
                        ("service", credential.service),
                        ("session_token", credential.session_token),
                    ),
                ]
            case ir.Hmac(api_id=api_id, api_key=api_key):
                return [self._text(api_id), _variable(api_key), self._text(api_key)]
            case ir.Digest(username=username, password=password):
                return self._texts(username, password)
            case ir.Certificate(path=path, password=password):
                return [_variable(path), *self._texts(path, password)]
            case _:
                assert_never(credential)

    def _signature(self, signature: ir.RsaKey | ir.SharedSecret) -> Code:
        match signature:
            case ir.RsaKey(key=key):
                return call_of("rsa_signature", _variable(key), self._text(key))
            case ir.SharedSecret(secret=secret, token_secret=token_secret):
                secrets = self._texts(secret, token_secret)
                return call_of("hmac_signature", py(signature.method), *secrets)
            case _:
                assert_never(signature)

    def of(self, credential: ir.Static) -> Code | None:
        """Return a static credential; a base URI may end in it instead."""
        match credential:
            case ir.BodyKey(name=name, value=value):
                return call_of("BodyKey", py(name), self._text(value))
            case ir.PathKey():
                return None
            case _:
                return self.of_attached(credential)

    def of_attached(self, credential: ir.Attached) -> Code:
        """Return the headers or query parameters that are added to requests."""
        pairs: Sequence[Pair] = (
            credential.keys if isinstance(credential, ir.SeveralKeys) else (credential,)
        )
        are_in_query = isinstance(pairs[0], ir.QueryKey)
        kind = "QueryKeys" if are_in_query else "HeaderKeys"
        return call_of(kind, *map(self._pair, pairs))

    def _pair(self, credential: Pair) -> Code:
        match credential:
            case ir.Bearer(token=token):
                name, value = "Authorization", self._text("Bearer ", token)
            case ir.Basic(username=username, password=password):
                name = "Authorization"
                value = call_of("basic", *self._texts(username, password))
            case ir.HeaderKey(name=name) | ir.QueryKey(name=name):
                value = self._text(credential.value)
            case ir.CookieKey():
                name, value = "Cookie", self._text(
                    f"{credential.name}=", credential.value
                )
            case _:
                assert_never(credential)
        return fill("({}, {})", py(name), value)

    def with_tail(self, base_uri: Code, tail: tuple[str | ir.Text, ...]) -> Code:
        """Return a base URI extended by a path that contains a credential."""
        parts = ([p] if isinstance(p, str) else self._path_pieces(p) for p in tail)
        return fstring((base_uri, *chain.from_iterable(parts)))

    def _path_pieces(self, text: ir.Text) -> Iterator[str | Code]:
        """Yield the pieces of a credential; an f-string can't encode a literal."""
        for piece in self._pieces(text):
            if isinstance(piece, Code):
                yield call_of("path_text", piece)
            else:
                yield quote(piece, safe=":")

    def _keywords(self, *texts: tuple[str, _Text]) -> list[Code]:
        return [keyword(name, self._text(text)) for name, text in texts if text]

    def _texts(self, *texts: _Text) -> list[Code]:
        """Return the expressions of texts that aren't left out."""
        return [self._text(text) for text in texts if text is not None]

    def _text(self, *parts: str | ir.Text) -> Code:
        """Return the expression of texts, one after the other."""
        pieces = [*chain.from_iterable(map(self._pieces, parts))]
        match pieces:
            case [Code() as only]:
                return only
            case _:
                return fstring(pieces)

    def _pieces(self, text: str | ir.Text) -> Sequence[str | Code]:
        if isinstance(text, str):
            return [text]
        return [
            piece if isinstance(piece, str) else self.setting(piece)
            for piece in ir.texts_and_variables(text)
        ]


def _variable(value: ir.Text) -> Code:
    """Return the name of the variable that an error about a value mentions."""
    return py(
        next((variable.name for variable in ir.variables((value,))), "the document")
    )
