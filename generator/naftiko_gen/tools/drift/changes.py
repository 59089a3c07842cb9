"""The differences between a capability and the OpenAPI document of its API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from naftiko_gen.diagnostics.span import Span


class Kind(Enum):
    """A kind of difference: its slug, whether it can break calls, and its meaning."""

    OPERATION_GONE = ("operation-gone", True, "A called operation is gone.")
    METHOD_CHANGED = ("method-changed", True, "A called operation has another method.")
    PATH_CHANGED = ("path-changed", True, "A called operation has another path.")
    INPUT_ADDED_REQUIRED = (
        "required-input-added",
        True,
        "A required input isn't sent.",
    )
    INPUT_REQUIRED = (
        "input-became-required",
        True,
        "A required input isn't always sent.",
    )
    INPUT_GONE = ("input-gone", True, "An input is sent that the API doesn't declare.")
    INPUT_TYPE = ("input-type-changed", True, "An input has another type.")
    VALUE_GONE = (
        "input-value-gone",
        True,
        "A part of a body is sent with a value that the API doesn't list.",
    )
    BODY_TYPE = (
        "body-type-changed",
        True,
        "The body of an operation has another type.",
    )
    BODY_GONE = ("body-gone", True, "An operation has no body any more.")
    OUTPUT_GONE = ("output-gone", True, "A part of the response that is read is gone.")
    OUTPUT_TYPE = (
        "output-type-changed",
        True,
        "A part of the response that is read has another type.",
    )
    AUTHENTICATION = (
        "authentication-changed",
        True,
        "The API requires another credential.",
    )
    INPUT_OPTIONAL = (
        "input-became-optional",
        False,
        "An input is required only in the capability.",
    )
    INPUT_ADDED = (
        "optional-input-added",
        False,
        "The API has an optional input that isn't sent.",
    )
    VALUE_ADDED = (
        "input-value-added",
        False,
        "A part of a body can have a value that the capability doesn't list.",
    )
    BODY_TYPE_ADDED = (
        "body-type-added",
        False,
        "The API takes a body of another type, which callers can't choose.",
    )
    OUTPUT_ADDED = (
        "output-added",
        False,
        "The response has a member that the capability doesn't declare.",
    )
    AUTHENTICATION_GONE = (
        "authentication-not-needed",
        False,
        "The API needs no credential.",
    )
    DEPRECATED = ("operation-deprecated", False, "A called operation is deprecated.")
    OPERATION_ADDED = (
        "operation-added",
        False,
        "The API has an operation that the capability doesn't call.",
    )

    BODY_UNCOMPARED = (
        "body-not-compared",
        False,
        "A body can't be compared, or not all of it.",
    )

    def __init__(self, slug: str, breaks: bool, meaning: str) -> None:
        self.slug = slug
        self.breaks = breaks
        self.meaning = meaning

    @property
    def is_counted(self) -> bool:
        """Return whether reports for people show only the number of these findings."""
        return self in (Kind.OPERATION_ADDED, Kind.BODY_UNCOMPARED)


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
