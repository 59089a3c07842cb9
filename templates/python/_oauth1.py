"""OAuth 1.0a: every request is signed, and each sending of it anew (RFC 5849)."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, quote, urlsplit

from ._upstream import Headers, Reply, Transport

FORM = "application/x-www-form-urlencoded"
PORTS = {"http": 80, "https": 443}

_escaped = partial(quote, safe="")
Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signature:
    """How the base string of a request is signed.

    `hashes_body` puts the SHA-256 of every body among the parameters; otherwise those
    of a form are parameters themselves, and other bodies aren't signed.
    """

    method: str
    sign: Callable[[bytes], bytes]
    hashes_body: bool = False


def hmac_signature(method: str, secret: str, token_secret: str = "") -> Signature:
    """Sign by secrets that both sides know: HMAC-SHA1 or HMAC-SHA256."""
    key = f"{_escaped(secret)}&{_escaped(token_secret)}".encode()
    algorithm = method.removeprefix("HMAC-").lower()
    return Signature(method, lambda text: hmac.digest(key, text, algorithm))


class OAuth1:
    """A transport that signs what it sends."""

    def __init__(
        self,
        exchange: Transport,
        consumer_key: str,
        signature: Signature,
        token: str | None = None,
    ) -> None:
        self._exchange = exchange
        self._consumer_key = consumer_key
        self._signature = signature
        self._token = token

    async def __call__(
        self, method: str, url: str, headers: Headers, body: bytes | None
    ) -> Reply:
        """Sign a request and perform its exchange."""
        said = self._parameters(body)
        form = [] if self._signature.hashes_body else _form(headers, body)
        signature = self._signature.sign(_base_string(method, url, [*said, *form]))
        said.append(("oauth_signature", base64.b64encode(signature).decode()))
        pairs = (f'{name}="{_escaped(value)}"' for name, value in said)
        field = ("Authorization", "OAuth " + ", ".join(pairs))
        return await self._exchange(method, url, (*headers, field), body)

    def _parameters(self, body: bytes | None) -> Parameters:
        """Return what is said of a request beside its signature."""
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
    """Return what is signed: method, address and the sorted parameters."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in (*said, *query))
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    port = "" if parts.port in (None, PORTS[parts.scheme]) else f":{parts.port}"
    host = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    address = f"{parts.scheme}://{host.lower()}{port}{parts.path or '/'}"
    return "&".join(map(_escaped, (method, address, parameters))).encode()


def _form(headers: Headers, body: bytes | None) -> Iterable[tuple[str, str]]:
    """Return the fields of a body that is a form: they are parameters."""
    kinds = [value for name, value in headers if name.lower() == "content-type"]
    is_form = any(kind.partition(";")[0].strip().lower() == FORM for kind in kinds)
    content = body.decode() if body and is_form else ""
    return parse_qsl(content, keep_blank_values=True)
