"""Words: few sentences lean on "what" or "alone"; no function is a bare participle."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEANING = re.compile(r"\bwhat(ever)?\b|\bthat which\b", re.IGNORECASE)
"""A pronoun in the place of a thing that has a name."""
ALONE = re.compile(r"\balone\b", re.IGNORECASE)
BY_ITSELF = re.compile(
    r"\b(?:leav\w+|left|let|stands?|stood)\b.*\balone\b", re.IGNORECASE
)
"""Other uses of "alone" say "only", which stands before the thing that it is about."""
DEFAULT = re.compile(r"\busual (?:default|limit|number|size|values?)\b", re.IGNORECASE)
"""The value of an input or a setting that is absent is its default."""
SUSPECT = re.compile(
    "|".join(p.pattern for p in (LEANING, ALONE, DEFAULT)), re.IGNORECASE
)
LEADERLESS = re.compile(
    r"it|its|they|their|there|so|that|those|these|who|whoever|what|whatever|where"
)
"""First words of a test's name that name no thing."""
SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
EXAMPLE = re.compile(r"^```(?:yaml|diff)\n.*?^```$", re.DOTALL | re.MULTILINE)
"""A spec on the page of a diagnostic, or the diff of its fix: words of an author."""
TEST = re.compile(r"^(?:async )?def test_(\w+)", re.MULTILINE)
TEMPLATES = {".jinja", ".md", ".toml"}
SCAFFOLDS = ROOT / "templates" / "project"
"""The released scaffolds, which stay as they are."""
OTHERS = {"expected", "node_modules"}
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|\]\([^)]*\)")
"""Code, quotations and the addresses of links."""
PARTICIPLE = re.compile(
    r"(?!(embed|exceed|feed|need|proceed|seed|shed|speed|succeed)$)\w*ed"
    r"|begun|bent|borne|bought|bound|broken|brought|built|burnt|caught|chosen|dealt|done"
    r"|drawn|driven|eaten|fallen|felt|flown|forbidden|forgone|forgotten|found|frozen"
    r"|given|gone|grown|heard|held|hidden|hung|kept|known|laid|learnt|left|lent|lost"
    r"|made|meant|met|overridden|overwritten|paid|proven|rewritten|said|seen|sent|shown"
    r"|shrunk|sold|sought|spelt|spent|spoken|stolen|stood|struck|swept|taken|taught"
    r"|thought|thrown|told|torn|undone|understood|withdrawn|won|worn|woven|written"
)
"""No form that is an infinitive as well, such as `read`."""


def python_prose(path: Path) -> Iterator[str]:
    """Yield the docstrings, and the texts of comments, of a module that may lean."""
    source = path.read_text("utf-8")
    if not SUSPECT.search(source):
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


def python_texts(path: Path) -> Iterator[str]:
    """Yield the strings of a module but for its docstrings: help, messages, output."""
    source = path.read_text("utf-8")
    if not SUSPECT.search(source):
        return
    strings: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                # It comes again, by itself, and is no string then.
                docstring.value = None
            case ast.Constant(value=str() as text):
                strings.append(text)
            case _:
                pass
    yield from strings


def leaning(texts: Iterable[str]) -> list[str]:
    sentences = (sentence for text in texts for sentence in SENTENCE_END.split(text))
    return [
        " ".join(sentence.split()) for sentence in sentences if is_leaning(sentence)
    ]


def is_leaning(sentence: str) -> bool:
    text = " ".join(QUOTED.sub("", sentence).split())
    if ALONE.search(text) and not BY_ITSELF.search(text):
        return True
    return any(pattern.search(text) for pattern in (LEANING, DEFAULT))


def modules(*folders: str) -> list[Path]:
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in paths if is_ours(path))


def modules_of_words() -> list[Path]:
    """Return the modules whose functions and locals are named in words of the field."""
    return modules("generator", "templates", "tests")


def is_ours(path: Path) -> bool:
    return not path.is_relative_to(SCAFFOLDS) and not OTHERS & {*path.parts}


def functions_named_by_participles(path: Path) -> Iterator[str]:
    """Yield the functions of a module that are named by a bare participle."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if is_participle(node.name.strip("_")) and not is_property(node):
                    yield f"{path}:{node.lineno} {node.name}"
            case _:
                pass


def is_participle(name: str) -> bool:
    return "_" not in name and PARTICIPLE.fullmatch(name) is not None


def is_property(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        "property" in ast.unparse(decorator) for decorator in function.decorator_list
    )


def of_code() -> Iterator[str]:
    for path in modules("generator", "templates"):
        yield from python_prose(path)


def of_texts() -> Iterator[str]:
    for path in modules("generator", "templates"):
        yield from python_texts(path)


def of_templates() -> Iterator[str]:
    paths = (ROOT / "templates").rglob("*")
    for path in sorted(path for path in paths if path.suffix in TEMPLATES):
        if is_ours(path):
            yield path.read_text("utf-8")


def of_configuration() -> Iterator[str]:
    """Yield lines: comments go from one to the next without a sign of it."""
    names = ("pyproject.toml", "action.yml", ".pre-commit-hooks.yaml")
    paths = (*(ROOT / name for name in names), *sorted((ROOT / ".ci").iterdir()))
    for path in (*paths, *sorted((ROOT / "specs").rglob("*.yaml"))):
        yield from path.read_text("utf-8").splitlines()


def of_pages() -> Iterator[str]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        text = page.read_text("utf-8")
        yield EXAMPLE.sub("", text) if page.parent.name == "diagnostics" else text


def of_tests() -> Iterator[str]:
    for path in modules("tests"):
        yield from python_prose(path)


def names_of_tests() -> Iterator[str]:
    for path in modules("tests"):
        for name in TEST.findall(path.read_text("utf-8")):
            yield name.replace("_", " ")


@pytest.mark.parametrize(
    ("texts", "most"),
    [
        (of_code, 0),
        (of_texts, 5),
        (of_templates, 0),
        (of_configuration, 0),
        (of_pages, 0),
        (of_tests, 0),
        (names_of_tests, 2),
    ],
)
def test_few_sentences_lean_on_what(
    texts: Callable[[], Iterator[str]], most: int
) -> None:
    sentences = leaning(texts())
    assert len(sentences) <= most, "\n".join(sentences)


def test_the_name_of_a_test_begins_with_its_subject() -> None:
    names = [name for name in names_of_tests() if LEADERLESS.fullmatch(name.split()[0])]
    assert not names, "\n".join(["name the thing that behaves so:", *names])


def test_no_function_is_named_by_a_bare_participle() -> None:
    paths = modules_of_words()
    names = [name for path in paths for name in functions_named_by_participles(path)]
    assert paths
    assert not names, "\n".join(["name them for their work or result:", *names])
