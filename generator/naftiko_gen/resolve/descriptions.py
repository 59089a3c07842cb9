"""Descriptions, where the document gives none."""

from __future__ import annotations

import re


def humanised(name: str) -> str:
    """Return a name as words: `list-orders` is "List orders"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = re.sub(r"[^\w]+|_+", " ", words).strip().lower()
    return text[:1].upper() + text[1:] if text else name
