from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import black
import pytest
from jinja2 import (
    TemplateAssertionError,
    TemplateNotFound,
    TemplateRuntimeError,
    UndefinedError,
)

from naftiko_gen.emit.code.imports import Origins
from naftiko_gen.emit.code.render import (
    EmissionError,
    format_module,
    python,
    render,
    toml_file,
)
from naftiko_gen.emit.literals import (
    Code,
    fstring,
    py,
    toml,
    verbatim,
)

ORIGINS = Origins({name: ("module", name) for name in "abfxy"})
Write = Callable[[str], str]


@dataclass(frozen=True)
class View:
    value: object
    flag: bool = False


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes a template and returns its name."""
    monkeypatch.setattr("naftiko_gen.emit.code.render.template_root", lambda: tmp_path)

    def write(text: str) -> str:
        (tmp_path / "module.py.jinja").write_text(text, encoding="utf-8")
        return "module.py.jinja"

    return write


@pytest.mark.parametrize("value", ["text", 1, None, True, ("a",), py])
def test_a_template_can_not_paste_text_that_nobody_encoded(
    template: Write, value: object
) -> None:
    with pytest.raises(TypeError, match="can't paste"):
        render(template("x = {{ value }}\n"), View(value))


@pytest.mark.parametrize(
    "expression",
    ["'text'", "value ~ value", "value.upper()", "value.twin", "loop", "1"],
)
def test_a_template_can_not_make_code(template: Write, expression: str) -> None:
    text = "{% for _ in (1,) %}{{ " + expression + " }}{% endfor %}"
    with pytest.raises(TypeError):
        render(template(text), View(py("x")))


def test_a_template_can_not_name_fields_beyond_the_view(template: Write) -> None:
    for text in ("{{ missing }}", "{{ value.missing }}", "{% if missing %}{% endif %}"):
        with pytest.raises(UndefinedError, match="missing"):
            render(template(text), View(py("x")))


def test_a_template_has_no_filter_but_encoders_and_no_tests(template: Write) -> None:
    with pytest.raises(TemplateAssertionError, match="No filter named 'safe'"):
        render(template("{{ value|safe }}"), View(py("x")))
    with pytest.raises(TemplateRuntimeError, match="No test named 'none'"):
        render(template("{% if value is none %}{% endif %}"), View(py("x")))


def test_a_template_has_no_globals(template: Write) -> None:
    with pytest.raises(UndefinedError):
        render(template("{{ range(3) }}"), View(py("x")))


def test_a_template_lies_below_the_root(template: Write) -> None:
    template("")
    with pytest.raises(TemplateNotFound):
        render("../module.py.jinja", View(py("x")))


@pytest.mark.parametrize(
    "value",
    [
        verbatim("x ="),
        Code("1, 2", "1"),
        Code("x", '"x"'),
        Code('"x"', "x"),
        Code('"x"', "1"),
        Code("True", "False"),
        Code("None", '"x"'),
        Code("f(1)", "f(1, 1)"),
        Code("f(a=1)", "f(b=1)"),
        Code("a.b", "a.c"),
        Code('f"{x}"', 'f"{x!r}"'),
        Code("\x00", '"x"'),
        Code('"\ud800"', '"x"'),
    ],
)
def test_python_of_another_shape_than_its_twin_is_refused(
    template: Write, value: Code
) -> None:
    with pytest.raises(EmissionError, match="the shape of the file"):
        python(template("x = {{ value }}\n"), View(value), ORIGINS)


@pytest.mark.parametrize(
    "value",
    [
        py("a" * 200),
        py({"a": [1, 2.5, None, "b"], "c": {}}),
        py([-1, 10**700, float("inf")]),
        Code('"a" "b"', '"x"'),
        fstring(["/a/", verbatim("x"), "/{b}", verbatim("y")]),
    ],
)
def test_python_that_differs_only_in_literals_is_emitted(
    template: Write, value: Code
) -> None:
    assert python(template("x = {{ value }}\n"), View(value), ORIGINS).startswith(
        b"x = "
    )


@pytest.mark.parametrize("source", ["x = = 1\n", "x = (\n", "x = 1\n  y = 2\n"])
def test_text_that_is_no_python_is_refused(template: Write, source: str) -> None:
    with pytest.raises(EmissionError):
        python(template(source), View(py(None)), ORIGINS)


def test_a_comment_can_not_declare_another_encoding(template: Write) -> None:
    name = template("# From {{ value }}.\nx = 1\n")
    for cookie in ("coding: latin-1", "-*- coding: utf-7 -*-", "coding=none"):
        with pytest.raises(EmissionError):
            python(name, View(Code(cookie, "x")), ORIGINS)


def test_toml_is_read_back(template: Write) -> None:
    name = template("a = {{ value }}\n")
    assert toml_file(name, View(toml('"'))) == b'a = "\\""\n'
    for value in (Code("1\nb = 2", "1"), Code("", "1"), Code('["a", 1]', '["a"]')):
        with pytest.raises(EmissionError):
            toml_file(name, View(value))


def test_a_layout_with_another_meaning_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(black, "format_str", lambda *_, **__: "x = z\n")
    with pytest.raises(ValueError, match="the meaning of a module"):
        format_module("x = y\n")
