"""Refusals of clients: responses 401 and 403, with challenges by RFC 9110."""

import re

from ..errors import UnauthorizedError


def challenge(scheme: str, **parameters: str) -> str:
    """Return a challenge: a scheme with quoted parameters."""
    listed = (f'{name}="{quoted(text)}"' for name, text in parameters.items())
    return f"{scheme} {', '.join(listed)}"


def quoted(text: str) -> str:
    """Escape text inside the quotes of a header; other characters are left out."""
    plain = re.sub(r"[^\x20-\x7e]", "", text)
    return re.sub(r'(["\\])', r"\\\1", plain)


def unauthorized(detail: str, *challenges: str) -> UnauthorizedError:
    """Return the refusal of a request without a valid credential."""
    return UnauthorizedError(401, "Unauthorized", detail, *challenges)


def forbidden(detail: str, *challenges: str) -> UnauthorizedError:
    """Return the refusal of a client that may not do this."""
    return UnauthorizedError(403, "Forbidden", detail, *challenges)
