"""The words of the project: few sentences lean on "what", and ever fewer."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEANING = re.compile(r"\bwhat(ever)?\b|\bthat which\b", re.IGNORECASE)
"""A pronoun in the place of a thing that has a name."""
SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"")


def python_prose(path: Path) -> Iterator[str]:
    """Yield the docstrings, and the texts of comments, of a module that may lean."""
    source = path.read_text("utf-8")
    if not LEANING.search(source):
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str() as text)):
                yield text
            case _:
                pass
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string.lstrip("#")


def leaning(texts: Iterator[str]) -> list[str]:
    sentences = (each for text in texts for each in SENTENCE_END.split(text))
    return [" ".join(each.split()) for each in sentences if is_leaning(each)]


def is_leaning(sentence: str) -> bool:
    return LEANING.search(QUOTED.sub("", sentence)) is not None


def of_code() -> Iterator[str]:
    for folder in ("generator", "templates"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from python_prose(path)


def of_pages() -> Iterator[str]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    yield from (page.read_text("utf-8") for page in pages)


@pytest.mark.parametrize(
    ("texts", "most"), [(of_code, 4), (of_pages, 0)], ids=["code", "pages"]
)
def test_few_sentences_lean_on_what(
    texts: Callable[[], Iterator[str]], most: int
) -> None:
    found = leaning(texts())
    assert len(found) <= most, "\n".join(found)


def test_a_sentence_that_leans_is_counted() -> None:
    texts = iter(["Return what differs. Return the differences.", 'A line "what".'])
    assert leaning(texts) == ["Return what differs."]


def test_the_docstrings_and_comments_of_a_module_are_read(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""Say what."""\nname = "what"  # Whatever.\n', "utf-8")
    assert [*python_prose(module)] == ["Say what.", " Whatever."]
