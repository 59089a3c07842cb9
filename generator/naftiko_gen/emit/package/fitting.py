"""Whether calls pass an operation's parameters values of the declared types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.ir import (
    Anything,
    Argument,
    Array,
    ArrayTemplate,
    Constant,
    Input,
    Joined,
    Object,
    ObjectTemplate,
    Primitive,
    Setting,
    base_type,
)

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.ir import Capability, Parameter, Template, Type


def is_fitted(parameter: Parameter, capability: Capability) -> bool:
    """Return whether every call passes a parameter a value of its type.

    Values are passed on unchanged: the types of inputs and constants are declared where
    the spec exposes them.
    """
    return all(
        _fits(template, parameter) for template in capability.arguments(parameter)
    )


def _fits(template: Template, parameter: Parameter) -> bool:
    match template:
        case Constant(value=None):
            return not parameter.required
        case Constant(value=value):
            return _is_of(value, parameter.type)
        case Argument(source=Input(type=kind)):
            return _is_assignable(base_type(kind), parameter.type)
        case Setting() | Joined():
            return _is_assignable(Primitive.STRING, parameter.type)
        case ObjectTemplate():
            return _is_assignable(Object(), parameter.type)
        case ArrayTemplate():
            return _is_assignable(Array(Anything()), parameter.type)
        case _:
            return False


def _is_of(value: Plain, kind: Type) -> bool:
    """Return whether a constant is of a type."""
    match value, kind:
        case _, Anything():
            return True
        case bool(), _:
            return kind is Primitive.BOOLEAN
        case int(), _:
            return kind in (Primitive.INTEGER, Primitive.NUMBER)
        case float(), _:
            return kind is Primitive.NUMBER
        case str(), _:
            return kind is Primitive.STRING
        case list(), Array(items=items):
            return all(_is_of(item, items) for item in value)
        case dict(), Object():
            return True
        case _:
            return False


def _is_assignable(value_type: Type, kind: Type) -> bool:
    match value_type, kind:
        case (Anything(), _) | (_, Anything()) | (Object(), Object()):
            return True
        case Primitive.INTEGER, Primitive.NUMBER:
            return True
        case Array(items=items), Array(items=expected):
            # For a type checker, a list of integers isn't a list of numbers.
            return Anything() in (items, expected) or items == expected
        case _:
            return value_type == kind
