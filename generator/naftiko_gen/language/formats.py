"""Formats of texts that JSON Schema names."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "date": "2024-02-29",
        "date-time": "2024-02-29T12:00:00Z",
        "duration": "PT1H",
        "email": "user@example.com",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "time": "12:00:00Z",
        "uri": "https://example.com/",
        "url": "https://example.com/",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
)
"""A text in each format; clients parse some of them."""
