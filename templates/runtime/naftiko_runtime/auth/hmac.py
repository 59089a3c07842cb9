"""Veracode's HMAC scheme, which signs every request, and anew when it is repeated."""

import hmac
import secrets
import time
from urllib.parse import urlsplit

from ..errors import SettingsError
from ..transport import Headers
from .signer import Signer

SCHEME = "VERACODE-HMAC-SHA-256"
VERSION = b"vcode_request_version_1"


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
