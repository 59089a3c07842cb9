"""Templates: values with placeholders for parameters, inputs and settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import assert_never

from naftiko_gen.diagnostics import Plain
from naftiko_gen.ir.parameters import Input, Parameter
from naftiko_gen.ir.queries import PathSegment, Query
from naftiko_gen.ir.types import Type

__all__ = ["Argument", "ArrayTemplate", "BoundFile", "Constant", "DeclaredOutput"]
__all__ += ["FileKey", "FromEnvironment", "GraphQL", "Joined", "ObjectTemplate"]
__all__ += ["Placeholder", "Provider", "Setting", "Source", "StepValue", "Template"]
__all__ += ["Text", "Variable", "as_text", "members", "placeholders", "step_values"]
__all__ += ["text_pieces", "texts_and_variables", "variables", "walk"]
__all__ += ["with_placeholders"]


@dataclass(frozen=True)
class FromEnvironment:
    """The environment is the only source of a variable."""


@dataclass(frozen=True)
class BoundFile:
    """A file of values that a package reads at its start.

    The environment variable overrides the path, which is relative to the working
    directory.
    """

    variable: str
    path: str


@dataclass(frozen=True)
class FileKey:
    """A key of a file holds the value, unless the environment has the variable."""

    file: BoundFile
    key: str


@dataclass(frozen=True)
class Provider:
    """A provider of secrets holds the value; somebody has to set the variable."""

    scheme: str
    key: str


Source = FromEnvironment | FileKey | Provider


@dataclass(frozen=True)
class Variable:
    """An environment variable that must be set at the start, or stand in a file.

    One with a `default` needn't be set. With `choices`, it has one of those values.
    """

    name: str
    secret: bool
    description: str | None = None
    source: Source = FromEnvironment()
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def is_private(self) -> bool:
        """Return whether it is a secret, or comes from where secrets are."""
        return self.secret or not isinstance(self.source, FromEnvironment)

    @property
    def file(self) -> BoundFile | None:
        """Return the file that may hold the value, or None."""
        return self.source.file if isinstance(self.source, FileKey) else None


@dataclass(frozen=True)
class Constant:
    """A literal JSON value."""

    value: Plain


@dataclass(frozen=True)
class Argument:
    """A placeholder for a parameter of an operation, or for an input of a call.

    The value keeps its type.
    """

    source: Parameter | Input


@dataclass(frozen=True)
class Setting:
    """A placeholder for an environment variable."""

    variable: Variable


@dataclass(frozen=True)
class DeclaredOutput:
    """An output of a consumed operation: a part of its response, or a constant."""

    name: str
    source: tuple[PathSegment, ...] | Query | Constant
    type: Type


@dataclass(frozen=True)
class StepValue:
    """A part of the answer of an earlier step of the same flow; null if it is missing.

    The value keeps its type. With a query, which has no path beside it, the part is the
    list of the query's results. With a view, it is a part of the object of these
    outputs, or of the array whose elements have them beside their own members.
    """

    step: str
    path: tuple[PathSegment, ...]
    query: Query | None = None
    view: tuple[DeclaredOutput, ...] = ()

    @property
    def parts(self) -> tuple[PathSegment | Query, ...]:
        """Return the path, or the query."""
        return self.path if self.query is None else (self.query,)


Placeholder = Argument | Setting | StepValue
"""A part of a text that a value replaces."""


@dataclass(frozen=True)
class Joined:
    """Text with placeholders; its value is a string."""

    parts: tuple[str | Placeholder, ...]


@dataclass(frozen=True)
class GraphQL(Joined):
    """A GraphQL document whose placeholders are escaped.

    An absent argument is empty inside quotes and `null` elsewhere; the document itself
    is always sent.
    """


@dataclass(frozen=True)
class ObjectTemplate:
    """An object; a key is left out if its value is an absent optional `Argument`."""

    entries: tuple[tuple[str, Template], ...]


@dataclass(frozen=True)
class ArrayTemplate:
    """An array; an item is left out if it is an absent optional `Argument`."""

    items: tuple[Template, ...]


Template = Constant | Placeholder | Joined | ObjectTemplate | ArrayTemplate
Text = Constant | Setting | Joined
"""A template of a setting's value: it holds no `Argument`."""


def walk(template: Template) -> Iterator[Template]:
    """Yield a template, then every template inside it, in the order of the spec."""
    yield template
    for inner in _inside(template):
        yield from walk(inner)


def _inside(template: Template) -> tuple[Template, ...]:
    match template:
        case Constant() | Argument() | Setting() | StepValue():
            return ()
        case Joined(parts=parts):
            return tuple(part for part in parts if not isinstance(part, str))
        case ObjectTemplate(entries=entries):
            return tuple(value for _, value in entries)
        case ArrayTemplate(items=items):
            return items
        case _:
            assert_never(template)


def placeholders(template: Template) -> Iterator[Parameter | Input]:
    """Yield the parameters and inputs that a template refers to."""
    for inner in walk(template):
        if isinstance(inner, Argument):
            yield inner.source


def variables(templates: Iterable[Template]) -> Iterator[Variable]:
    """Yield the environment variables that templates refer to."""
    for template in templates:
        for inner in walk(template):
            if isinstance(inner, Setting):
                yield inner.variable


def step_values(template: Template) -> Iterator[StepValue]:
    """Yield the parts of answers of earlier steps that a template refers to."""
    for inner in walk(template):
        if isinstance(inner, StepValue):
            yield inner


def with_placeholders(
    template: Template, change: Callable[[Placeholder], Template]
) -> Template:
    """Return a template whose placeholders are replaced by other templates.

    Inside of a text, a placeholder can only become another placeholder or a text.
    """
    match template:
        case Constant():
            return template
        case Argument() | Setting() | StepValue():
            return change(template)
        case Joined(parts=parts):
            pieces = (_changed_pieces(part, change) for part in parts)
            return replace(template, parts=tuple(chain.from_iterable(pieces)))
        case ObjectTemplate(entries=entries):
            members = ((k, with_placeholders(value, change)) for k, value in entries)
            return ObjectTemplate(tuple(members))
        case ArrayTemplate(items=items):
            return ArrayTemplate(tuple(with_placeholders(i, change) for i in items))
        case _:
            assert_never(template)


def _changed_pieces(
    part: str | Placeholder, change: Callable[[Placeholder], Template]
) -> tuple[str | Placeholder, ...]:
    return (part,) if isinstance(part, str) else text_pieces(change(part))


def text_pieces(template: Template) -> tuple[str | Placeholder, ...]:
    """Return the texts and placeholders of a template that is a part of a text."""
    match template:
        case Constant(value=value):
            return (as_text(value),)
        case Joined(parts=parts):
            return parts
        case Argument() | Setting() | StepValue():
            return (template,)
        case ObjectTemplate() | ArrayTemplate():
            raise TypeError("a structure can't stand inside a text")
        case _:
            assert_never(template)


def texts_and_variables(text: Text) -> Iterator[str | Variable]:
    """Yield the texts and variables of a text without other placeholders."""
    for piece in text_pieces(text):
        match piece:
            case str():
                yield piece
            case Setting(variable=variable):
                yield variable
            case Argument() | StepValue():
                raise TypeError(f"a text of settings refers to {piece}")
            case _:
                assert_never(piece)


def as_text(value: object) -> str:
    """Return the text of a constant in a URL or header: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def members(template: Template) -> Iterator[tuple[str, Template]]:
    """Yield the members of every object in a template."""
    for inner in walk(template):
        if isinstance(inner, ObjectTemplate):
            yield from inner.entries
