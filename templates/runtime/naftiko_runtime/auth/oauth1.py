"""OAuth 1.0a, which signs every request, and anew when it is repeated (RFC 5849)."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl, quote

from yarl import URL

from ..bodies.form import FORM
from ..transport import Headers
from .requests import form_text, media_type
from .signer import Signer

# The bytes of a form are signed even if they aren't UTF-8.
_escaped = partial(quote, safe="", errors="surrogateescape")
_fields = partial(parse_qsl, keep_blank_values=True, errors="surrogateescape")
Parameters = list[tuple[str, str]]


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
    parts = URL(url, encoded=True)
    query = _fields(parts.raw_query_string)
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in (*said, *query))
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    # The host as in the header `Host`, without the scheme's default port.
    root = f"{parts.scheme}://{parts.host_port_subcomponent}".lower()
    return "&".join(map(_escaped, (method, root + parts.raw_path, parameters))).encode()


def _form(headers: Headers, body: bytes | None) -> Iterable[tuple[str, str]]:
    """Return the fields of a URL-encoded form; none for other bodies."""
    return _fields(form_text(body)) if media_type(headers) == FORM else []
