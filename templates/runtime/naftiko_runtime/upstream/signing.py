"""Credentials that depend on the request: HMAC, OAuth 1.0, a key in the body."""

import base64
import hashlib
import hmac
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit

from ..bodies import FORM
from ..errors import CallError, InvalidInputError, SettingsError
from ..transport import Headers, Reply, Transport
from ..values import json_bytes, parse
from .origins import authority

SCHEME = "VERACODE-HMAC-SHA-256"
VERSION = b"vcode_request_version_1"

# The bytes of a form are signed even if they aren't UTF-8.
_escaped = partial(quote, safe="", errors="surrogateescape")
_fields = partial(parse_qsl, keep_blank_values=True, errors="surrogateescape")
Parameters = list[tuple[str, str]]


def media_type(headers: Headers) -> str | None:
    """Return the media type of a request body, without parameters, or None."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    return kinds[-1].partition(";")[0].strip().lower() if kinds else None


def form_text(body: bytes | None) -> str:
    """Return the text of a form; raises InvalidInputError unless it is UTF-8."""
    try:
        return (body or b"").decode()
    except UnicodeDecodeError:
        fault = "must be a form in UTF-8"
        raise InvalidInputError("the request body", fault) from None


class Signer(ABC):
    """A credential that signs each request, and anew when it is repeated."""

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that signs each request before it passes it on."""
        return partial(self._send, exchange)

    @abstractmethod
    def signature(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Headers:
        """Return the headers that sign a request."""

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        added = self.signature(method, url, headers, body)
        return await exchange(method, url, (*headers, *added), body)


class Hmac(Signer):
    """A signer of requests with an API key.

    Raises SettingsError, which names the variable `name`, unless the key is
    hexadecimal.
    """

    def __init__(self, api_id: str, name: str, api_key: str) -> None:
        # In some regions credentials have a prefix, which isn't used for signing.
        self._api_id = api_id.rpartition("-")[2]
        try:
            self._key = bytes.fromhex(api_key.rpartition("-")[2])
        except ValueError:
            raise SettingsError(f"{name} must be a hexadecimal key") from None

    def signature(self, method: str, url: str, _: Headers, __: bytes | None) -> Headers:
        """Return the header that signs a request; headers and body aren't signed."""
        return (("Authorization", self._authorization(method, url)),)

    def _authorization(self, method: str, url: str) -> str:
        parts = urlsplit(url)
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        said = f"id={self._api_id}&host={parts.hostname}&url={target}&method={method}"
        nonce, stamp = secrets.token_bytes(16), str(time.time_ns() // 1_000_000)
        key = self._key
        for text in (nonce, stamp.encode(), VERSION):
            key = hmac.digest(key, text, "sha256")
        signature = hmac.digest(key, said.encode(), "sha256").hex()
        fields = f"ts={stamp},nonce={nonce.hex()},sig={signature}"
        return f"{SCHEME} id={self._api_id},{fields}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature method, which signs the base string of a request.

    With `hashes_body`, the SHA-256 digest of the body is a signed parameter. Without
    it, the fields of a form are signed parameters, and other bodies aren't signed.
    """

    method: str
    sign: Callable[[bytes], bytes]
    hashes_body: bool = False


def hmac_signature(method: str, secret: str, token_secret: str = "") -> Signature:
    """Return the method HMAC-SHA1 or HMAC-SHA256, which signs with shared secrets."""
    key = f"{_escaped(secret)}&{_escaped(token_secret)}".encode()
    algorithm = method.removeprefix("HMAC-").lower()
    return Signature(method, lambda text: hmac.digest(key, text, algorithm))


class OAuth1(Signer):
    """A signer of requests with a consumer key and perhaps a token."""

    def __init__(
        self, consumer_key: str, signature: Signature, token: str | None = None
    ) -> None:
        self._consumer_key = consumer_key
        self._signature = signature
        self._token = token

    def signature(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Headers:
        """Return the header that signs a request (RFC 5849, section 3.5.1)."""
        said = self._parameters(body)
        form = [] if self._signature.hashes_body else _form(headers, body)
        signature = self._signature.sign(_base_string(method, url, [*said, *form]))
        said.append(("oauth_signature", base64.b64encode(signature).decode()))
        pairs = (f'{name}="{_escaped(value)}"' for name, value in said)
        return (("Authorization", "OAuth " + ", ".join(pairs)),)

    def _parameters(self, body: bytes | None) -> Parameters:
        """Return the OAuth parameters of a request, without the signature."""
        said = [
            ("oauth_consumer_key", self._consumer_key),
            ("oauth_nonce", secrets.token_hex(16)),
            ("oauth_signature_method", self._signature.method),
            ("oauth_timestamp", str(int(time.time()))),
            ("oauth_version", "1.0"),
        ]
        if self._token is not None:
            said.append(("oauth_token", self._token))
        if self._signature.hashes_body:
            digest = hashlib.sha256(body or b"").digest()
            said.append(("oauth_body_hash", base64.b64encode(digest).decode()))
        return said


def _base_string(method: str, url: str, said: Parameters) -> bytes:
    """Return the base string: the method, the URL and the sorted parameters."""
    parts = urlsplit(url)
    query = _fields(parts.query)
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in (*said, *query))
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    # The host as in the header `Host`, without the scheme's default port.
    root = f"{parts.scheme}://{authority(parts)}{parts.path or '/'}"
    return "&".join(map(_escaped, (method, root, parameters))).encode()


def _form(headers: Headers, body: bytes | None) -> Iterable[tuple[str, str]]:
    """Return the fields of a URL-encoded form; none for other bodies."""
    return _fields(form_text(body)) if media_type(headers) == FORM else []


class BodyKey:
    """A credential in the JSON object or form of a request.

    A request without a body gets a JSON object only with the credential. A multipart
    body isn't changed: it already has the credential as a part.
    """

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that adds the credential to each request."""
        return partial(self._send, exchange)

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        kind = media_type(headers)
        if kind == "multipart/form-data":
            return await exchange(method, url, headers, body)
        if kind is None:
            headers = (*headers, ("Content-Type", "application/json"))
        content = self._form(body) if kind == FORM else self._object(body)
        return await exchange(method, url, headers, content)

    def _form(self, body: bytes | None) -> bytes:
        """Add the field to a form; the other fields keep their encoding."""
        content = form_text(body)
        pieces = content.split("&") if content else []
        kept = [one for one in pieces if _field_name(one) != self._name]
        return "&".join([*kept, urlencode([(self._name, self._value)])]).encode()

    def _object(self, body: bytes | None) -> bytes:
        """Set the member in a JSON object; it overrides the client's value."""
        try:
            # The parser takes no subclass of bytes, as the body of a forward is.
            members: Any = parse(bytes(body)) if body else {}
        except ValueError:
            members = None
        if not isinstance(members, dict):
            raise CallError(400, "Bad Request", "the body must be a JSON object")
        return json_bytes({**members, self._name: self._value})


def _field_name(piece: str) -> str:
    return unquote_plus(piece.partition("=")[0])
