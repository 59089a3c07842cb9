"""Signatures that tell files of the user's earlier runs from files of strangers."""

from __future__ import annotations

import hmac
import json

from naftiko_gen.publish.signing_key import signing_key

SHORTEST = 24
"""Digits of a signature in a file name: 96 bits, too many to guess."""


def sign(*parts: str) -> str:
    """Return the signature of the parts with the user's key, in hexadecimal."""
    message = json.dumps(parts).encode("ascii")
    return hmac.new(signing_key(), message, "sha256").hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Return whether the user's key signed these parts; the signature may be cut."""
    own_signature = sign(*parts)[: len(signature)]
    is_long = len(signature) >= SHORTEST and signature.isascii()
    return is_long and hmac.compare_digest(signature, own_signature)
