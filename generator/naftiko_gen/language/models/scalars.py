"""Types of keys that several models have."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from naftiko_gen.language.sizes import SIZE_PATTERN
from naftiko_gen.syntax.tree import Mapping

__all__ = ["Constant", "Kind"]


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
