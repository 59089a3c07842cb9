"""Renders templates with views, and checks the structure of the emitted files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.filters import do_indent, do_trim
from jinja2.runtime import Context
from markupsafe import Markup

from naftiko_gen.emit import template_root
from naftiko_gen.emit.code.imports import Origins
from naftiko_gen.emit.code.shape import same_python, same_toml, same_yaml
from naftiko_gen.emit.literals import (
    Code,
    bare,
    markdown,
    markdown_code,
    py,
    py_text,
    requirement,
    verbatim,
    yaml_string,
)
from naftiko_gen.syntax.readable import has_command

_FRAGMENTS = "the fragments"  # not an identifier, so no view or template has the name
_IMPORTS = verbatim("")
_MARK = Markup("\0{}\0")  # no template contains this character
_MARKS = re.compile("\0([0-9]+)\0")


class View(SimpleNamespace):
    """The variables of a template, or of a part of it: facts, and no statements."""


class EmissionError(Exception):
    """A file with another structure than its template: a bug in template or encoder."""

    def __init__(self, template: str) -> None:
        super().__init__(f"{template}: the values change the shape of the file")
        self.template = template


def python(template: str, view: object, origins: Origins) -> bytes:
    """Return a formatted Python file, which differs from its twin in literals only.

    The template's `imports` are those of the names that the file uses.

    Raises:
        EmissionError: It differs in more, or isn't valid Python.
    """
    rendering = render(template, view)
    try:
        imports = origins.imports(rendering.text)
    except (SyntaxError, ValueError) as error:
        raise EmissionError(template) from error
    rendering = rendering.with_imports(imports)
    return _check(template, rendering, format_module, same_python)


def toml_file(template: str, view: object) -> bytes:
    """Return a TOML file, which differs from its twin in keys and values only."""
    return _check(template, render(template, view), str, same_toml)


def yaml_file(template: str, view: object) -> bytes:
    """Return a YAML file, which differs from its twin in scalars only."""
    return _check(template, render(template, view), str, same_yaml)


def markdown_file(template: str, view: object) -> bytes:
    """Return a Markdown file; its structure relies only on the encoders.

    Raises:
        EmissionError: It contains a command that an agent host would run.
    """
    text = render(template, view).text
    if has_command(text):
        raise EmissionError(template)
    return text.encode()


def plain_file(template: str, view: object) -> bytes:
    """Return a file of another format; its structure relies only on the encoders."""
    return render(template, view).text.encode()


def _check(
    template: str,
    rendering: Rendering,
    finish: Callable[[str], str],
    same_shape: Callable[[bytes, bytes], bool],
) -> bytes:
    """Return the finished file, which has the shape of its twin."""
    try:
        content = finish(rendering.text).encode()
        is_same = same_shape(content, rendering.twin.encode())
    except (SyntaxError, ValueError) as error:
        raise EmissionError(template) from error
    if not is_same:
        raise EmissionError(template)
    return content


@dataclass(frozen=True)
class Rendering:
    """A rendered template: pieces of its own text, and the fragments between them."""

    pieces: list[str]
    fragments: list[Code]

    @property
    def text(self) -> str:
        """Return the file."""
        return self._interleave(self.fragments)

    @property
    def twin(self) -> str:
        """Return the file with harmless literals."""
        return self._interleave([fragment.twin for fragment in self.fragments])

    def with_imports(self, imports: Code) -> Rendering:
        """Return it with import statements where the template pastes them."""
        fragments = [imports if f is _IMPORTS else f for f in self.fragments]
        return Rendering(self.pieces, fragments)

    def _interleave(self, fragments: Sequence[str]) -> str:
        first, *others = self.pieces
        rest = chain.from_iterable(zip(fragments, others, strict=True))
        return "".join([first, *rest])


def render(template: str, view: object) -> Rendering:
    """Render a template, named relative to `template_root()`, with a view's attributes.

    Raises:
        TypeError: The template pastes a value that isn't `Code`.
        UndefinedError: The template names a field that the view doesn't have.
    """
    fragments: list[Code] = []
    environment = _environment(template_root())
    marked_text = environment.get_template(template).render(
        {**vars(view), "imports": _IMPORTS, _FRAGMENTS: fragments}
    )
    first, *rest = _MARKS.split(marked_text)
    insertions = [fragments[int(number)] for number in rest[::2]]
    return Rendering([first, *rest[1::2]], insertions)


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
    # Templates need nothing else, which would convert values to text, or access more
    # than the view.
    environment.filters = {
        "bare": bare,
        "cell": partial(markdown_code, table=True),
        "code": markdown_code,
        "indent": do_indent,
        "markdown": markdown,
        "py": py,
        "requirement": requirement,
        "text": py_text,
        "trim": do_trim,
        "yaml": yaml_string,
    }
    environment.tests.clear()
    environment.globals.clear()
    return environment


@pass_context
def _paste(context: Context, value: object) -> Markup:
    """Record a fragment, and return a mark in its place; macros return such text."""
    if type(value) is Markup:
        return value
    if not isinstance(value, Code):
        raise TypeError(f"a template can't paste {type(value).__name__}: {value}")
    fragments: list[Code] = context[_FRAGMENTS]
    fragments.append(value)
    return _MARK.format(len(fragments) - 1)


@lru_cache(maxsize=128)
def format_module(module: str) -> str:
    """Format a module with Black, and check that only its layout has changed.

    Results are kept for programs that compile a spec again, as `--watch` does.

    Raises:
        ValueError: It isn't valid Python, or Black has changed more than its layout.
    """
    # Black takes long to import, and runs that emit nothing don't need it.
    from black import format_str
    from black.mode import Mode, TargetVersion

    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    layout = format_str(module, mode=mode)
    if not same_python(module.encode(), layout.encode()):
        raise ValueError("Black has changed the meaning of a module")
    return layout
