"""The class of all models, and the types of keys that several of them have."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from naftiko_gen.diagnostics import Span
from naftiko_gen.syntax.tree import Mapping, Node, Scalar, Sequence

__all__ = ["NODE", "SHARED", "Constant", "Kind", "Model", "is_textual", "media_kind"]
__all__ += ["models_by_type"]


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


_K = TypeVar("_K")
_V = TypeVar("_V")
Members = Annotated[dict[_K, _V], BeforeValidator(read_members)]
"""A mapping whose keys the author chooses."""


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

    def at(self, key: str) -> Span:
        """Return the span of a key's value."""
        return self.node.value_span(key)

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


SIZE_PATTERN = r"^\d+(\.\d+)?(B|KiB|MiB|GiB)$"
DEFAULT_SIZE = 10 * 1024 * 1024
"""The most bytes of a binary answer, unless the spec says otherwise."""
LARGEST_SIZE = 256 * 1024 * 1024
"""The most bytes of an answer that a package holds in memory."""
_UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "B": 1}


def bytes_of(size: str) -> int:
    """Return the bytes of a size."""
    for unit, factor in _UNITS.items():
        if size.endswith(unit):
            return int(float(size.removesuffix(unit)) * factor)
    raise ValueError(size)


TEXTS = ("text", "xml", "sparql")

TEXTUAL = re.compile(
    r"text/.+|.+[/+](xml|yaml|x-yaml)|.+/(sparql-.+|graphql|(x-)?(ndjson|jsonl|toml))"
)

JSON = re.compile(r".+[/+]json")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
MEDIA_RANGE = re.compile(r"\*/\*|[\w.+-]+/\*(\+[\w.-]+)?")
"""A range of media types, such as `image/*`."""

_MEDIA_TYPE_PATTERN = (
    r"^[a-zA-Z0-9!#$&^_.+-]+/[a-zA-Z0-9!#$&^_.+-]+"
    r"(\s*;\s*[a-zA-Z0-9!#$&^_.+-]+=([a-zA-Z0-9!#$&^_.+-]+|\"[\x20-\x7e]*\"))*$"
)

MediaType = Annotated[str, Field(pattern=_MEDIA_TYPE_PATTERN)]

TypeOrRange = Annotated[
    str, Field(pattern=f"^(?:{MEDIA_TYPE.pattern}|{MEDIA_RANGE.pattern})$")
]


def media_kind(media_type: str) -> Literal["json", "text", "bytes"]:
    """Return the kind of content that a media type has."""
    if JSON.fullmatch(media_type):
        return "json"
    return "text" if is_textual(media_type) else "bytes"


def is_textual(media_type: str) -> bool:
    """Return whether bodies of a media type are text."""
    return TEXTUAL.fullmatch(media_type) is not None


def _blank_is_absent(value: object) -> object:
    is_blank = isinstance(value, str) and not value.strip()
    return None if is_blank else value


Prose = Annotated[str | None, BeforeValidator(_blank_is_absent)]


def _single(value: object) -> object:
    if isinstance(value, (list, Mapping)):
        raise PydanticCustomError("single_type", "a single value is expected")
    return value


Constant = Annotated[str | int | float | bool, BeforeValidator(_single)]
Kind = Literal["string", "integer", "number", "boolean", "array", "object"]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
Port = Annotated[int, Field(ge=1, le=65535)]
Size = Annotated[str, Field(pattern=SIZE_PATTERN)]
