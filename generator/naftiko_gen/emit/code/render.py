"""Renders templates with views, and checks the structure of the emitted files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

from naftiko_gen.emit.code.formatting import formatted
from naftiko_gen.emit.code.shape import (
    is_python,
    same_code,
    same_json,
    same_python,
    same_toml,
)
from naftiko_gen.emit.code.templates import template_root
from naftiko_gen.emit.literals import Code, verbatim
from naftiko_gen.syntax.agent_marks import has_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from _typeshed import DataclassInstance
    from jinja2.runtime import Context

_FRAGMENTS = "the fragments"  # not an identifier, so no view or template has the name
_MARK = verbatim("\0")  # no template contains this character


class EmissionError(Exception):
    """A file with another structure than its template: a bug in template or encoder."""

    def __init__(self, template: str) -> None:
        super().__init__(f"{template}: the values change the shape of what is emitted")
        self.template = template


def render(template: str, view: DataclassInstance) -> str:
    """Render a template, named relative to `template_root()`, with a view's fields.

    Raises:
        TypeError: The template pastes a value that isn't `Code`.
        UndefinedError: The template names a field that the view doesn't have.
    """
    return _filled(template, view).text


def python(template: str, view: DataclassInstance) -> bytes:
    """Return a formatted Python file, which differs from its twin in literals only.

    Raises:
        EmissionError: It differs in more, or isn't valid Python.
    """
    return _checked(template, view, formatted, _same_module)


def toml_file(template: str, view: DataclassInstance) -> bytes:
    """Return a TOML file that differs from its twin in keys and values only.

    Raises:
        EmissionError: It differs in more, or isn't valid TOML.
    """
    return _checked(template, view, str, _compared_by(same_toml))


def json_file(template: str, view: DataclassInstance) -> bytes:
    """Return a JSON file that differs from its twin in keys and values only.

    Raises:
        EmissionError: It differs in more, or isn't valid JSON.
    """
    return _checked(template, view, str, _compared_by(same_json))


def markdown_file(template: str, view: DataclassInstance) -> bytes:
    """Return a Markdown file; its structure relies on the encoders alone.

    Raises:
        EmissionError: It contains a command that an agent host would run.
    """
    text = render(template, view)
    if has_command(text):
        raise EmissionError(template)
    return text.encode()


def _checked(
    template: str,
    view: DataclassInstance,
    finish: Callable[[str], str],
    agrees_with: Callable[[bytes, _Filled], bool],
) -> bytes:
    filled = _filled(template, view)
    try:
        content = finish(filled.text).encode()
        agrees = agrees_with(content, filled)
    except (SyntaxError, ValueError) as error:
        raise EmissionError(template) from error
    if not agrees:
        raise EmissionError(template)
    return content


def _same_module(content: bytes, filled: _Filled) -> bool:
    """Compare a module with its twin; formatting doesn't change the shape."""
    if same_code(filled.text, filled.twin):
        return is_python(content)
    return same_python(content, filled.twin.encode())


def _compared_by(
    same_shape: Callable[[bytes, bytes], bool],
) -> Callable[[bytes, _Filled], bool]:
    return lambda content, filled: same_shape(content, filled.twin.encode())


@dataclass(frozen=True)
class _Filled:
    """A rendered template: pieces of its own text, and the fragments between them."""

    pieces: list[str]
    fragments: list[Code]

    @property
    def text(self) -> str:
        return self._with(self.fragments)

    @property
    def twin(self) -> str:
        return self._with([fragment.twin for fragment in self.fragments])

    def _with(self, fragments: Sequence[str]) -> str:
        first, *others = self.pieces
        rest = chain.from_iterable(zip(fragments, others, strict=True))
        return "".join([first, *rest])


def _filled(template: str, view: DataclassInstance) -> _Filled:
    """Render a template once, for both the text and its twin."""
    fragments: list[Code] = []
    context = {field.name: getattr(view, field.name) for field in fields(view)}
    environment = _environment(template_root())
    marked = environment.get_template(template).render(
        {**context, _FRAGMENTS: fragments}
    )
    return _Filled(marked.split(_MARK), fragments)


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
    # Templates need none of these, which convert values to text or access more than the
    # view.
    environment.filters.clear()
    environment.tests.clear()
    environment.globals.clear()
    return environment


@pass_context
def _paste(context: Context, value: object) -> Code:
    """Record a fragment, and return a mark in its place."""
    if not isinstance(value, Code):
        raise TypeError(f"a template can't paste {type(value).__name__}: {value}")
    fragments: list[Code] = context[_FRAGMENTS]
    fragments.append(value)
    return _MARK
