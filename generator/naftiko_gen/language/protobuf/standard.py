"""The types of the standard files of Protocol Buffers that have a form in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.language.protobuf.types import Descriptor

_WRAPPED = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String")
_NAMES = {
    "duration": ("Duration",),
    "empty": ("Empty",),
    "field_mask": ("FieldMask",),
    "struct": ("Struct", "Value", "ListValue"),
    "timestamp": ("Timestamp",),
    "wrappers": tuple(f"{kind}Value" for kind in (*_WRAPPED, "Bytes")),
}
STANDARD: dict[str, dict[str, Descriptor]] = {
    f"google/protobuf/{file}.proto": {
        f"google.protobuf.{name}": {"name": name} for name in names
    }
    for file, names in _NAMES.items()
}
"""The messages of each standard file, by their whole names."""
