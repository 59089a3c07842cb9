"""The requests that a mock upstream receives."""

from dataclasses import dataclass

from ..transport import Headers


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would have been sent to the upstream."""

    method: str
    url: str
    headers: Headers
    body: bytes | None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, ignoring case, or None."""
        values = (v for k, v in self.headers if k.lower() == name.lower())
        return next(values, None)
