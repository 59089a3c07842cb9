"""The differences between a capability and the OpenAPI document of its API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Span


class Kind(Enum):
    """A kind of difference: its slug, and whether it can break working calls."""

    OPERATION_GONE = ("operation-gone", True)
    METHOD_CHANGED = ("method-changed", True)
    PATH_CHANGED = ("path-changed", True)
    INPUT_ADDED_REQUIRED = ("required-input-added", True)
    INPUT_REQUIRED = ("input-became-required", True)
    INPUT_GONE = ("input-gone", True)
    INPUT_TYPE = ("input-type-changed", True)
    BODY_TYPE = ("body-type-changed", True)
    BODY_GONE = ("body-gone", True)
    OUTPUT_GONE = ("output-gone", True)
    OUTPUT_TYPE = ("output-type-changed", True)
    AUTHENTICATION = ("authentication-changed", True)
    INPUT_OPTIONAL = ("input-became-optional", False)
    INPUT_ADDED = ("optional-input-added", False)
    OUTPUT_ADDED = ("output-added", False)
    AUTHENTICATION_GONE = ("authentication-not-needed", False)
    DEPRECATED = ("operation-deprecated", False)
    OPERATION_ADDED = ("operation-added", False)

    def __init__(self, slug: str, breaks: bool) -> None:
        self.slug = slug
        self.breaks = breaks


@dataclass(frozen=True)
class Finding:
    """A difference.

    Attributes:
        operation: The operation in the capability, or in the document if it is new.
        in_spec: The place in the capability.
        in_api: The place in the document; None if the document has no such part.
    """

    kind: Kind
    operation: str
    message: str
    in_spec: Span | None
    in_api: Span | None
