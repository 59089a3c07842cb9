"""Templates and views to the bytes of a file, and the proof that both say the same."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

from naftiko_gen.formatting import formatted
from naftiko_gen.literals import Code
from naftiko_gen.resources import template_root
from naftiko_gen.shape import same_json, same_python, same_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from _typeshed import DataclassInstance
    from jinja2.runtime import Context

_AS_TWINS = "as twins"  # no identifier, so neither a view nor a template can name it


class EmissionError(Exception):
    """A file isn't what its template says: a mistake in a template or an encoder."""

    def __init__(self, template: str) -> None:
        super().__init__(f"{template}: the values change the shape of what is emitted")
        self.template = template


def render(template: str, view: DataclassInstance) -> str:
    """Fill in a template, named relative to `template_root()`, with a view's fields.

    Raises:
        TypeError: The template pastes something that is not `Code`.
        UndefinedError: The template names a field that the view doesn't have.
    """
    return _render(template, view, as_twins=False)


def python(template: str, view: DataclassInstance) -> bytes:
    """Return a Python file, formatted, that differs from its twin in literals only.

    Raises:
        EmissionError: It differs in more, or is no Python.
    """
    return _checked(template, view, formatted, same_python)


def toml_file(template: str, view: DataclassInstance) -> bytes:
    """Return a TOML file that differs from its twin in keys and values only.

    Raises:
        EmissionError: It differs in more, or is no TOML.
    """
    return _checked(template, view, str, same_toml)


def json_file(template: str, view: DataclassInstance) -> bytes:
    """Return a JSON file that differs from its twin in keys and values only.

    Raises:
        EmissionError: It differs in more, or is no JSON.
    """
    return _checked(template, view, str, same_json)


def markdown_file(template: str, view: DataclassInstance) -> bytes:
    """Return a Markdown file, which nothing but its encoders protects."""
    return render(template, view).encode()


def _checked(
    template: str,
    view: DataclassInstance,
    finish: Callable[[str], str],
    same_shape: Callable[[bytes, bytes], bool],
) -> bytes:
    twin = _render(template, view, as_twins=True)
    rendered = render(template, view)
    try:
        content = finish(rendered).encode()
        agrees = same_shape(content, twin.encode())
    except (SyntaxError, ValueError) as error:
        raise EmissionError(template) from error
    if not agrees:
        raise EmissionError(template)
    return content


def _render(template: str, view: DataclassInstance, *, as_twins: bool) -> str:
    context = {field.name: getattr(view, field.name) for field in fields(view)}
    environment = _environment(template_root())
    return environment.get_template(template).render({**context, _AS_TWINS: as_twins})


@cache
def _environment(root: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(root),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_paste,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    # They turn values into text, or reach beyond the view; templates need none of them.
    environment.filters.clear()
    environment.tests.clear()
    environment.globals.clear()
    return environment


@pass_context
def _paste(context: Context, value: object) -> Code:
    if not isinstance(value, Code):
        raise TypeError(f"a template can't paste {type(value).__name__}: {value}")
    return value.as_twin() if context[_AS_TWINS] else value
