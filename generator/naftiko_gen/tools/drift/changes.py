"""The differences between a capability and the OpenAPI document of its API."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from naftiko_gen import ir
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.language import models


class Kind(Enum):
    """A kind of difference: whether it can break calls, and its meaning."""

    OPERATION_GONE = True, "A called operation is gone."
    METHOD_CHANGED = True, "A called operation has another method."
    PATH_CHANGED = True, "A called operation has another path."
    REQUIRED_INPUT_ADDED = True, "A required input isn't sent."
    INPUT_BECAME_REQUIRED = True, "A required input isn't always sent."
    INPUT_GONE = True, "An input is sent that the API doesn't declare."
    INPUT_TYPE_CHANGED = True, "An input has another type."
    INPUT_VALUE_GONE = (
        True,
        "A part of a body is sent with a value that the API doesn't list.",
    )
    BODY_TYPE_CHANGED = True, "The body of an operation has another type."
    BODY_GONE = True, "An operation has no body any more."
    OUTPUT_GONE = True, "A part of the response that is read is gone."
    OUTPUT_TYPE_CHANGED = True, "A part of the response that is read has another type."
    AUTHENTICATION_CHANGED = True, "The API requires another credential."
    INPUT_BECAME_OPTIONAL = False, "An input is required only in the capability."
    OPTIONAL_INPUT_ADDED = False, "The API has an optional input that isn't sent."
    INPUT_VALUE_ADDED = (
        False,
        "A part of a body can have a value that the capability doesn't list.",
    )
    BODY_TYPE_ADDED = (
        False,
        "The API takes a body of another type, which callers can't choose.",
    )
    OUTPUT_ADDED = (
        False,
        "The response has a member that the capability doesn't declare.",
    )
    AUTHENTICATION_NOT_NEEDED = False, "The API needs no credential."
    OPERATION_DEPRECATED = False, "A called operation is deprecated."
    OPERATION_ADDED = (
        False,
        "The API has an operation that the capability doesn't call.",
    )
    BODY_NOT_COMPARED = False, "A body can't be compared, or not all of it."

    def __init__(self, breaks: bool, meaning: str) -> None:
        self.breaks = breaks
        self.meaning = meaning

    @property
    def slug(self) -> str:
        """Return the name in reports."""
        return self.name.lower().replace("_", "-")

    @property
    def is_counted(self) -> bool:
        """Return whether reports for people show only the number of these findings."""
        return self in (Kind.OPERATION_ADDED, Kind.BODY_NOT_COMPARED)


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

    @classmethod
    def of(
        cls,
        kind: Kind,
        operation: ir.Operation,
        model: models.ConsumedOperation,
        message: str,
        in_api: Span | None,
    ) -> Finding:
        """Return a difference of an operation, at the name of its declaration."""
        name = f"{operation.upstream.namespace}.{operation.name}"
        return cls(kind, name, message, model.node.value_span("name"), in_api)
