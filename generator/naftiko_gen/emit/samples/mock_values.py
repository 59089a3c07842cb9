"""Values that a mock upstream returns for a declared type of a response."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.emit.samples.named_values import (
    ID,
    TEXT,
    integer_of,
    number_of,
    text_of,
)
from naftiko_gen.emit.samples.samples import sample
from naftiko_gen.ir import (
    Anything,
    Array,
    Bytes,
    Nullable,
    Object,
    Primitive,
    Refined,
    Union,
    are_kept,
)
from naftiko_gen.language.patterns import SAMPLES

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Type


def mock_value(kind: Type, name: str = "") -> Plain:
    """Return a value of a type that fits a name, with one item in each array."""
    match kind:
        case Primitive():
            return _scalar(kind, name)
        case Anything(is_key=True):
            return ID
        case Anything():
            return text_of(name) if name else mock_value(Object())
        case Object(fields=fields, others=others):
            members = {
                field.name: mock_value(field.type, field.name) for field in fields
            }
            return members or {"name": mock_value(others or Primitive.STRING, "name")}
        case Array(items=items):
            return [mock_value(items, name.removesuffix("s"))]
        case Nullable(base=base):
            return mock_value(base, name)
        case Union(types=types):
            return mock_value(types[0], name)
        case Refined(format=str(form)) if form in SAMPLES:
            return SAMPLES[form]
        case Refined(format="byte"):
            return sample(Bytes(), TEXT)
        case Refined(base=base, limits=limits) if not isinstance(base, Array):
            value = mock_value(base, name)
            return value if not limits or are_kept(limits, value) else kind.sample
        case _:
            return sample(kind, text_of(name))


def _scalar(kind: Primitive, name: str) -> Plain:
    match kind:
        case Primitive.INTEGER:
            return integer_of(name)
        case Primitive.NUMBER:
            return number_of(name)
        case _:
            return sample(kind, text_of(name))
