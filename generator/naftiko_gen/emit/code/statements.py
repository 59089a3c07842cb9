"""Parts of statements, which the macros of `macros.jinja` write."""

from __future__ import annotations

from dataclasses import dataclass

from naftiko_gen import ir
from naftiko_gen.emit.literals import Code, py
from naftiko_gen.emit.requests.annotations import optional
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions


@dataclass(frozen=True)
class ParameterView:
    """A keyword-only parameter of a function."""

    name: Code
    annotation: Code
    is_optional: bool = False
    """Whether it may be left out, and is None then."""
    default: Code | None = None


def optional_parameter(name: Code, annotation: Code) -> ParameterView:
    """Return a parameter that may be left out."""
    return ParameterView(name, optional(annotation), is_optional=True)


@dataclass(frozen=True)
class Keyword:
    """A keyword argument of a call, or a pair of a name and a value."""

    name: Code
    value: Code


@dataclass(frozen=True)
class CallView:
    """A call of a coroutine of the client, or of a flow."""

    coroutine: Code
    arguments: tuple[Keyword, ...]
    is_flow: bool = False
    may_be_gone: bool = False
    """Whether the call may find no more of a thing that an earlier one removed."""
    step: tuple[Code, ...] = ()
    """The names of the step and of the API that it calls, if it is one."""


@dataclass(frozen=True)
class ReplyView:
    """The changes that make a reply of a response.

    Either `output` shapes it, with a few inputs, after `parser` has read it; or it
    passes on, with another media type or a limit.
    """

    output: Code | None = None
    inputs: tuple[Keyword, ...] = ()
    parser: Code | None = None
    limit: Code | None = None
    media_type: str | None = None


def pairs(
    entries: tuple[tuple[str, ir.Template], ...], templates: TemplateExpressions
) -> tuple[Keyword, ...]:
    """Return the pairs of texts and the values of templates."""
    return tuple(
        Keyword(py(name), templates.expression(template)) for name, template in entries
    )
