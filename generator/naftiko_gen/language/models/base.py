"""The models' base: it reads the nodes of the syntax tree."""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

__all__ = ["NODE", "SHARED", "models_by_type"]

# Keys from files never contain NUL, so these can't clash with them.
NODE = "\0node"
"""The key of a mapping's own syntax tree node."""
SHARED = "\0shared"
"""The key by which a dialect rule adds the inputs of a function to a route."""


def _unwrap(node: Node) -> object:
    """Turn scalars and lists into Python's; mappings stay nodes, for their models."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [_unwrap(item) for item in node.items]
        case Mapping():
            return node


def read_members(value: object) -> object:
    """Return the members of a mapping by their keys, or any other value unchanged."""
    if not isinstance(value, Mapping):
        return value
    return {entry.key: _unwrap(entry.value) for entry in value.entries}


class _KeyRefusal:
    """Refuses a key of the language that can't be compiled yet."""

    def __init__(self, feature: str) -> None:
        self._feature = feature

    def __call__(self, value: object) -> None:
        if value is not None:
            context = {"feature": self._feature}
            raise PydanticCustomError("unsupported", "{feature}", context)


def refusal(feature: str) -> BeforeValidator:
    """Return the validator of a key that can't be compiled yet."""
    return BeforeValidator(_KeyRefusal(feature))


def unsupported_value(word: str, feature: str) -> BeforeValidator:
    """Return the validator of a key of which one word can't be compiled yet."""
    refuse = _KeyRefusal(feature)

    def check(value: object) -> object:
        if value == word:
            refuse(value)
        return value

    return BeforeValidator(check)


class Model(BaseModel):
    """A mapping of a spec; keys that a model doesn't declare are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        arbitrary_types_allowed=True,
        # Only the schema of the whole spec is used.
        defer_build=True,
    )

    node: Mapping = Field(alias=NODE, repr=False)

    # Parts of a spec that say the same are different keys of a dictionary. Pydantic
    # would replace `__hash__ = object.__hash__` by a hash of all fields.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return object.__hash__(self)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        members = read_members(value)
        if isinstance(members, dict):
            members[NODE] = value
        return members


def kind_of(value: object) -> object:
    """Return the `type` of a mapping, None if it has none."""
    node = value.get("type") if isinstance(value, Mapping) else None
    return node.value if isinstance(node, Scalar) else None


def models_by_type(union: object) -> dict[str, type[Model]]:
    """Return the models of a discriminated union, by their types."""
    members, _ = get_args(union)
    return {tag.tag: model for model, tag in map(get_args, get_args(members))}
