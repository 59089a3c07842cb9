"""Values that a mock upstream returns for a declared type of a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.samples.samples import sample
from naftiko_gen.ir import Array, Nullable, Object, Refined, Union
from naftiko_gen.language.formats import SAMPLES

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Type

TEXT = "text"


def mock_value(kind: Type) -> Plain:
    """Return a value of a type, with one item in each array."""
    match kind:
        case Object(fields=(_, *_)):
            return {field.name: mock_value(field.type) for field in kind.fields}
        case Array(items=items):
            return [mock_value(items)]
        case Nullable(base=base):
            return mock_value(base)
        case Union(types=types):
            return mock_value(types[0])
        case Refined(format=str(name)) if name in SAMPLES:
            return SAMPLES[name]
        case Refined(base=Object() as base, limits=()):
            return mock_value(base)
        case _:
            return sample(kind, TEXT)
