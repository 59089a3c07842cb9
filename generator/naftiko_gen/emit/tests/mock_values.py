"""Values that a mock upstream returns for a declared type of a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.tests.samples import sample
from naftiko_gen.ir import Array, Nullable, Object, Refined, Union

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Type

TEXT = "text"
_FORMATS = {
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
"""A text in each format; clients parse some of them."""


def mock_value(declared: Type) -> Plain:
    """Return a value of a type, with one item in each array."""
    match declared:
        case Object(fields=(_, *_)):
            return {field.name: mock_value(field.type) for field in declared.fields}
        case Array(items=items):
            return [mock_value(items)]
        case Nullable(base=base):
            return mock_value(base)
        case Union(types=types):
            return mock_value(types[0])
        case Refined(format=str(name)) if name in _FORMATS:
            return _FORMATS[name]
        case Refined(base=Object() as base, limits=()):
            return mock_value(base)
        case _:
            return sample(declared, TEXT)
