"""Signatures that tell the work of the user's earlier runs from files of strangers."""

from __future__ import annotations

import hmac
import json

from naftiko_gen.publish.signing_key import signing_key

SHORTEST = 24
"""So many digits of a signature, 96 bits, fit into a name and can't be guessed."""


def sign(*parts: str) -> str:
    """Return the signature of some parts by the user's key, in hexadecimal."""
    message = json.dumps(parts).encode("ascii")
    return hmac.new(signing_key(), message, "sha256").hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Say whether the user's key has signed these parts; a beginning is enough."""
    expected = sign(*parts)[: len(signature)]
    is_long = len(signature) >= SHORTEST and signature.isascii()
    return is_long and hmac.compare_digest(signature, expected)
