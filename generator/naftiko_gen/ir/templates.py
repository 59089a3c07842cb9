"""Templates: values with placeholders for parameters, inputs and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir.inputs import Input
    from naftiko_gen.ir.parameters import Parameter
    from naftiko_gen.ir.settings import Variable


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
class Joined:
    """Text with placeholders; its value is a string."""

    parts: tuple[str | Argument | Setting, ...]


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


Template = Constant | Argument | Setting | Joined | ObjectTemplate | ArrayTemplate
Text = Constant | Setting | Joined
"""A template of a setting's value: it holds no `Argument`."""
