"""Templates and views to the bytes of a file, and the proof that both say the same."""

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

_FRAGMENTS = "the fragments"  # no identifier: no view and no template can name it
_MARK = verbatim("\0")  # no template has one


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
    return _filled(template, view).text


def python(template: str, view: DataclassInstance) -> bytes:
    """Return a Python file, formatted, that differs from its twin in literals only.

    Raises:
        EmissionError: It differs in more, or is no Python.
    """
    return _checked(template, view, formatted, _same_module)


def toml_file(template: str, view: DataclassInstance) -> bytes:
    """Return a TOML file that differs from its twin in keys and values only.

    Raises:
        EmissionError: It differs in more, or is no TOML.
    """
    return _checked(template, view, str, _compared_by(same_toml))


def json_file(template: str, view: DataclassInstance) -> bytes:
    """Return a JSON file that differs from its twin in keys and values only.

    Raises:
        EmissionError: It differs in more, or is no JSON.
    """
    return _checked(template, view, str, _compared_by(same_json))


def markdown_file(template: str, view: DataclassInstance) -> bytes:
    """Return a Markdown file, which its encoders protect.

    Raises:
        EmissionError: A host of agents would run a command that it holds.
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
    """Compare a module with its twin, given that formatting changes no shape."""
    if same_code(filled.text, filled.twin):
        return is_python(content)
    return same_python(content, filled.twin.encode())


def _compared_by(
    same_shape: Callable[[bytes, bytes], bool],
) -> Callable[[bytes, _Filled], bool]:
    return lambda content, filled: same_shape(content, filled.twin.encode())


@dataclass(frozen=True)
class _Filled:
    """A template's own text, and the fragments between its pieces."""

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
    """Fill in a template once, for the fragments and their twins alike."""
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
    # They turn values into text, or reach beyond the view; templates need none of them.
    environment.filters.clear()
    environment.tests.clear()
    environment.globals.clear()
    return environment


@pass_context
def _paste(context: Context, value: object) -> Code:
    """Keep a fragment, and mark its place."""
    if not isinstance(value, Code):
        raise TypeError(f"a template can't paste {type(value).__name__}: {value}")
    fragments: list[Code] = context[_FRAGMENTS]
    fragments.append(value)
    return _MARK
