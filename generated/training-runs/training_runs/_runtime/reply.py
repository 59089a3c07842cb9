"""Responses of upstreams, and bodies of requests to them."""

from typing import NamedTuple


class Reply(NamedTuple):
    """A response of the upstream: `headers` as received, `body` decompressed."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    structured: bytes | None = None
    """The output as a JSON object, if the spec declares its shape."""

    @property
    def ok(self) -> bool:
        """Return whether the status is below 400."""
        return self.status < 400

    def header(self, name: bytes) -> str | None:
        """Return the first header with this lower-case name, or None."""
        for key, value in self.headers:
            if key.lower() == name:
                return value.decode("latin-1")
        return None


class Content(NamedTuple):
    """A request body that isn't JSON: its bytes and their media type."""

    data: bytes
    media_type: str
