"""Routes, tools and functions: their inputs, their answers, and the paging of lists."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from naftiko_gen.ir import Limit
from naftiko_gen.language.models.base import (
    Constant,
    Kind,
    MediaType,
    Members,
    Model,
    Prose,
    kind_of,
)
from naftiko_gen.syntax.tree import Mapping

__all__ = ["CallStep", "Input", "InputPart", "LookupStep", "Output", "Pagination"]
__all__ += ["PaginationRequest", "PaginationResponse", "ParameterSchema", "RestInput"]
__all__ += ["ScriptStep", "Step", "StepMapping", "ToolInput"]


_KINDS_OF_VALUES: dict[type, Kind] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
}

_Number = int | float
_Count = Annotated[int, Field(ge=0, le=100_000)]


class _RestrictedValue(Model):
    """A value of a client, with its type and further restrictions.

    `others` describes members of an object that `properties` doesn't list; `assumed` is
    the value that the upstream assumes if it gets none.
    """

    type: Kind | None = None
    description: Prose = None
    enum: list[Constant] | None = Field(default=None, min_length=1)
    """The values that are accepted."""
    pattern: str | None = None
    """A regular expression that matches somewhere in the value."""
    items: InputPart | None = None
    """The type of an array's items."""
    properties: Members[str, InputPart] | None = None
    """The members of an object."""
    others: bool | InputPart | None = Field(default=None, alias="additionalProperties")
    """The type of members that 'properties' doesn't list, or whether there may be some.
    """
    format: str | None = Field(default=None, pattern=r"^[!-~]+$")
    """The form of the value, such as date-time. It isn't checked."""
    minimum: _Number | None = None
    """The least value."""
    maximum: _Number | None = None
    """The greatest value."""
    exclusive_minimum: _Number | None = Field(default=None, alias="exclusiveMinimum")
    """A bound that the value exceeds."""
    exclusive_maximum: _Number | None = Field(default=None, alias="exclusiveMaximum")
    """A bound that the value stays below."""
    min_length: _Count | None = Field(default=None, alias="minLength")
    """The least number of characters."""
    max_length: _Count | None = Field(default=None, alias="maxLength")
    """The greatest number of characters."""
    min_items: _Count | None = Field(default=None, alias="minItems")
    """The least number of items."""
    max_items: _Count | None = Field(default=None, alias="maxItems")
    """The greatest number of items."""
    any_of: list[InputPart] | None = Field(default=None, alias="anyOf", min_length=1)
    """Types of which the value has at least one."""
    one_of: list[InputPart] | None = Field(default=None, alias="oneOf", min_length=1)
    """Types of which the value has exactly one."""
    assumed: object = Field(default=None, alias="apiDefault")
    """The value that the upstream assumes if it gets none."""
    example: object = None
    """A value that clients are shown."""

    @property
    def kind(self) -> Kind | None:
        """Return the type, declared or implied by a restriction."""
        if self.type is not None:
            return self.type
        if self.properties is not None or self.others is not None:
            return "object"
        if {self.items, self.min_items, self.max_items} != {None}:
            return "array"
        if self.enum:
            return _KINDS_OF_VALUES[type(self.enum[0])]
        return self._implied_scalar

    @property
    def _implied_scalar(self) -> Kind | None:
        texts = (self.pattern, self.min_length, self.max_length, self.format)
        if any(limit is not None for limit in texts):
            return "string"
        bounds = (
            *(self.minimum, self.maximum),
            *(self.exclusive_minimum, self.exclusive_maximum),
        )
        return "number" if any(limit is not None for limit in bounds) else None

    @property
    def limits(self) -> dict[Limit, int | float]:
        """Return the limits of the value."""
        limits = {limit: getattr(self, limit.name.lower()) for limit in Limit}
        return {limit: bound for limit, bound in limits.items() if bound is not None}


class InputPart(_RestrictedValue):
    """A part of a value that a client passes, such as an item of an array.

    The schema of a response has the same keys.
    """

    required: bool = False
    nullable: bool = False
    """Whether the value may also be null."""


class ParameterSchema(InputPart):
    """The type of a consumed parameter, and of undeclared inputs that feed it."""

    default: object = None
    """The value if the client passes none."""


class _Input(_RestrictedValue):
    """An input, which has a value of its own if a client passes none."""

    name: str = Field(min_length=1)
    default: object = None
    """The value if the client passes none."""
    check: Literal["strict", "shallow", "none"] = "strict"
    """How much of the value is checked: all restrictions, only the types of it and of
    its members or items, or nothing."""


class RestInput(_Input):
    """A declared input of a route; a `value` is a JSONPath into the request body."""

    place: Literal["query", "header", "path", "body", "cookie"] = Field(alias="in")
    """Where the client sends the input."""
    required: bool | None = None
    value: str | None = None
    """A JSONPath into the body of the request."""


class ToolInput(_Input):
    """A declared input of a tool."""

    required: bool = True


Input = RestInput | ToolInput


class Output(Model):
    """The shape of a response: a value at a path, a literal, an object or an array."""

    type: Kind
    """The type of the value."""
    name: str | None = None
    description: Prose = None
    mapping: str | None = None
    """A JSONPath into the response."""
    value: Constant | None = None
    """The value, if it is always the same."""
    const: object = None
    """The value, if it is always the same."""
    properties: Members[str, Output] | None = None
    """The members of an object."""
    items: Output | None = None
    """The shape of each element of an array."""


class CallStep(Model):
    """A step that calls an operation."""

    type: Literal["call"]
    """The kind of step."""
    name: str = Field(min_length=1)
    """The name by which later steps and mappings refer to the answer."""
    call: str
    """The operation: namespace.name."""
    arguments: Mapping | None = Field(default=None, alias="with")
    """The arguments; {{step.member}} is a part of an earlier answer."""


class LookupStep(Model):
    """A step that finds entries in the answer of an earlier step."""

    type: Literal["lookup"]
    """The kind of step."""
    name: str = Field(min_length=1)
    """The name by which later steps and mappings refer to the answer."""
    index: str
    """The earlier step whose answer is searched."""
    match: str
    """The member of its entries that is compared."""
    value: Constant = Field(alias="lookupValue")
    """The wanted value or values: a JSONPath that starts with a step, or a template."""
    fields: list[str] = Field(alias="outputParameters")
    """The members of an entry that are returned."""


class ScriptStep(Model):
    """A step that computes a value by a script; its dependencies run before it."""

    type: Literal["script"]
    """The kind of step."""
    name: str = Field(min_length=1)
    """The name by which later steps and mappings refer to the result."""
    language: str | None = None
    """The language of the script: python."""
    location: str | None = None
    """The directory of the script, inside the spec's directory."""
    file: str = Field(min_length=1)
    """The script, which assigns to 'result'."""
    dependencies: list[str] = []
    """Scripts that run before it and share their names with it."""
    arguments: Mapping | None = Field(default=None, alias="with")
    """Further members of the script's 'context'."""


Step = Annotated[
    Annotated[CallStep, Tag("call")]
    | Annotated[LookupStep, Tag("lookup")]
    | Annotated[ScriptStep, Tag("script")],
    Discriminator(kind_of),
]


class StepMapping(Model):
    """A member of the answer, whose dots separate the names of nested objects."""

    target: str = Field(alias="targetName", min_length=1)
    """A member of the answer; dots nest objects."""
    value: Constant
    """A JSONPath that starts with a step, or a template."""


class Unit(Model):
    """The common part of routes, tools and functions: a call or steps, and outputs."""

    label: Prose = None
    description: Prose = None
    call: str | None = None
    """The upstream operation to call: namespace.operation."""
    arguments: Mapping | None = Field(default=None, alias="with")
    """Values for the operation's parameters: a reference such as {namespace}.input, a
    template such as {{input}}, or a constant."""
    steps: list[Step] = []
    """Calls and lookups, whose answers later steps refer to."""
    mappings: list[StepMapping] = []
    """The members of the answer, made of the answers of steps."""
    outputs: list[Output] = Field(default=[], alias="outputParameters")
    """The shape of the response. Without it, the upstream response is returned
    unchanged."""
    advertised: MediaType | None = Field(default=None, alias="outputMediaType")
    on_mismatch: Literal["pass"] | None = Field(default=None, alias="onMismatch")
    """pass: a response of another form than the outputs is returned unchanged. Without
    it, such a call fails with 502."""


class PaginationRequest(Model):
    """The parameters of a request for a page."""

    page: str | None = Field(default=None, alias="cursorParam")
    """The parameter that is the cursor, the offset or the page."""
    limit: str | None = Field(default=None, alias="limitParam")
    """The parameter that limits the items of a page."""


class PaginationResponse(Model):
    """The members of a response, each by a JSONPath of names."""

    data: str | None = Field(default=None, alias="dataPath")
    """The list; without it, the only list of objects."""
    following: str | None = Field(default=None, alias="nextCursorPath")
    """The next cursor, the URL or number of the next page, or for keyset the key in an
    item, by default its id."""
    total: str | None = Field(default=None, alias="totalPath")
    """The number of all items."""
    pages: str | None = Field(default=None, alias="pagesPath")
    """The number of pages."""
    more: str | None = Field(default=None, alias="hasMorePath")
    """A flag: whether there are more items."""


class Pagination(Model):
    """How an API splits a list into pages, or `none` if it doesn't."""

    type: Literal[
        "cursor", "offset", "page-number", "link-header", "link-body", "keyset", "none"
    ]
    """The way to ask for the next page."""
    request: PaginationRequest | None = None
    """The parameters of requests."""
    response: PaginationResponse | None = None
    """The members of responses."""
