"""Veracode's HMAC scheme, which signs every request, and anew when it is repeated."""

import hmac
import secrets
import time
from functools import partial
from urllib.parse import urlsplit

from ..errors import SettingsError
from ..reply import Reply
from ..transport import Headers, Transport

SCHEME = "VERACODE-HMAC-SHA-256"
VERSION = b"vcode_request_version_1"


class Hmac:
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

    def over(self, exchange: Transport) -> Transport:
        """Return a transport that signs each request before it passes it on."""
        return partial(self._send, exchange)

    async def _send(
        self,
        exchange: Transport,
        method: str,
        url: str,
        headers: Headers,
        body: bytes | None,
    ) -> Reply:
        field = ("Authorization", self._authorization(method, url))
        return await exchange(method, url, (*headers, field), body)

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
