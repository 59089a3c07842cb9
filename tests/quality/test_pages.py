"""The pages about the tree: the files and names that they mention exist."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "generated", "generator", "specs", "templates", "tests")
MAPS = tuple(ROOT / "docs" / name for name in ("architecture.md", "decisions.md"))
INDEX = ROOT / "docs" / "index.md"
DIAGNOSTICS = ROOT / "docs" / "diagnostics" / "README.md"
RECORDS = tuple(sorted((ROOT / "docs" / "adr").glob("*.md")))

LONGEST_CELL, LONGEST_PARAGRAPH = 200, 500
"""The numbers of characters that a reader takes in at a time."""

TO_SCAN = tuple(
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if page not in RECORDS and page.parent.name != "diagnostics"
)
"""The pages that readers scan: no records of decisions, nor pages of messages."""

FOR_CONTRIBUTORS = {
    *("architecture.md", "decisions.md", "testing.md", "benchmarks.md"),
    *("adr", "runtime"),
}
HOUSE_WORD = re.compile(r"\b(shaped|assumptions?|surfaces?)\b")
"""A word that this project uses in a sense of its own."""
NO_PROSE = re.compile(r"`[^`\n]+`|(?<=\]\()[^)\s]+")
"""Code, or the target of a link."""
EXPLAINED = re.compile(r"\*[^*\n]+\*|\[[^]]+\]\(|^#.+$", re.MULTILINE)
"""A text that is emphasized where it is explained, a link, or a heading."""
INTERNAL_WORD = re.compile(r"(?<![\w-])(?:units?|remainder|callees?)\b")
"""A word of the code, which readers of other pages don't know."""

CODE = re.compile(r"`([^`]+)`")
BLOCK_OF_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
ITEM = re.compile(r"\n(?=\n|\||- |\d+\. )")
"""The end of a paragraph, of a row, or of an item of a list."""
PATH = re.compile(
    r"(?:[\w<>*-]+/)*[\w.<>*-]+\.(?:py|jinja|json|md|toml|txt|yaml)|(?:[\w<>*.-]+/)+"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)")
TITLE = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLACEHOLDER = re.compile(r"<\w+>")
PLACED = re.compile(r"`([\w.]+)` in `([\w/]+\.py)`")
"""A name, and the module that defines it."""
NAME = re.compile(r"_\w+|[a-z]+_\w+|[A-Z]\w*[a-z]\w*|[A-Z]+_[A-Z_]+")
"""A word that only programs write."""
FOREIGN_PATHS = {
    "naftiko-gen.toml",
    ".naftiko-gen.json",
    "-skills/",
    "client/",
    "hatch.toml",
}
"""Paths in the projects of other people, and parts of emitted names."""
FOREIGN_NAMES = {"_TOKEN", "assert_never"}
"""The end of an environment variable, and a name of the standard library."""


@cache
def paths() -> frozenset[str]:
    """Return the paths of the tree, and the ends of each."""
    inside = (path for name in FOLDERS for path in (ROOT / name).rglob("*"))
    files = chain(ROOT.iterdir(), (ROOT / name for name in FOLDERS), inside)
    return frozenset(
        end
        for path in files
        for end in ends(path.relative_to(ROOT), is_directory=path.is_dir())
    )


def ends(path: Path, *, is_directory: bool) -> Iterator[str]:
    for start in range(len(path.parts)):
        end = "/".join(path.parts[start:])
        yield f"{end}/" if is_directory else end


def exists(path: str) -> bool:
    pattern = PLACEHOLDER.sub("*", path)
    if "*" not in pattern:
        return path in paths()
    return any(fnmatchcase(candidate, pattern) for candidate in paths())


@cache
def defined_names(path: Path) -> frozenset[str]:
    """Return the names that a module defines, also inside of classes."""
    return frozenset(
        name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in names(node)
    )


def names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.name
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case _:
            pass


@cache
def modules(end: str) -> list[Path]:
    """Return the modules of the compiler and the runtime whose path ends so."""
    return [
        path
        for folder in ("generator", "templates/runtime")
        for path in (ROOT / folder).rglob("*.py")
        if path.as_posix().endswith(f"/{end}" if end else "")
    ]


def is_defined(name: str, files: Iterator[Path] | list[Path]) -> bool:
    parts = set(name.split("."))
    return any(parts <= defined_names(path) for path in files)


def code(text: str) -> Iterator[str]:
    yield from (" ".join(span.split()) for span in CODE.findall(text))


def missing_paths(text: str) -> list[str]:
    spans = (span for span in code(text) if PATH.fullmatch(span))
    return [path for path in spans if not exists(path) and path not in FOREIGN_PATHS]


def misplaced_names(text: str) -> list[str]:
    """Return the names that the module beside them doesn't define."""
    return [
        f"{name} in {module}"
        for name, module in PLACED.findall(" ".join(text.split()))
        if not is_defined(name, modules(module))
    ]


def unknown_names(text: str) -> list[str]:
    """Return the names that nothing defines.

    A private name belongs to a module that stands in the same item of a list.
    """
    return [
        name
        for item in ITEM.split(text)
        for name in code(item)
        if NAME.fullmatch(name) and name not in FOREIGN_NAMES
        if not is_defined(name, item_modules(item) if name[0] == "_" else modules(""))
    ]


def item_modules(item: str) -> list[Path]:
    return [
        path for span in code(item) if span.endswith(".py") for path in modules(span)
    ]


def text_of(page: Path) -> str:
    return BLOCK_OF_CODE.sub("", page.read_text("utf-8"))


@pytest.mark.parametrize("page", [*MAPS, *RECORDS], ids=lambda page: page.stem)
def test_the_files_of_a_page_exist(page: Path) -> None:
    assert missing_paths(text_of(page)) == []


@pytest.mark.parametrize("page", [*MAPS, *RECORDS], ids=lambda page: page.stem)
def test_names_are_where_a_page_says(page: Path) -> None:
    assert misplaced_names(text_of(page)) == []


@pytest.mark.parametrize("page", MAPS, ids=lambda page: page.stem)
def test_the_names_of_a_page_exist(page: Path) -> None:
    assert unknown_names(text_of(page)) == []


def test_the_map_fits_on_a_page() -> None:
    page, _ = MAPS
    assert len(page.read_text("utf-8").splitlines()) < 150


@pytest.mark.parametrize("page", TO_SCAN, ids=lambda page: str(page.relative_to(ROOT)))
def test_cells_and_paragraphs_are_short(page: Path) -> None:
    assert list(long_texts(text_of(page))) == []


def long_texts(text: str) -> Iterator[str]:
    for block in ITEM.split(text):
        item = " ".join(block.split())
        is_row = item.startswith("|")
        longest = LONGEST_CELL if is_row else LONGEST_PARAGRAPH
        parts = item.split(" | ") if is_row else [item]
        yield from (part for part in parts if len(part) > longest)


USERS = [
    ROOT / "README.md",
    *(
        page
        for page in sorted((ROOT / "docs").rglob("*.md"))
        if not FOR_CONTRIBUTORS & {*page.relative_to(ROOT / "docs").parts}
    ),
]
"""The pages that users read."""


@pytest.mark.parametrize("page", USERS, ids=lambda page: str(page.relative_to(ROOT)))
def test_words_of_the_house_are_explained(page: Path) -> None:
    text = NO_PROSE.sub("", text_of(page))
    assert INTERNAL_WORD.findall(text) == []
    explanations = [match.span() for match in EXPLAINED.finditer(text)]
    first = {
        match[0].rstrip("s"): match for match in reversed([*HOUSE_WORD.finditer(text)])
    }
    missing_words = [
        word
        for word, match in first.items()
        if not any(start <= match.start() < end for start, end in explanations)
    ]
    assert missing_words == []


def test_the_index_by_role_names_every_page() -> None:
    journeys = INDEX.parent.glob("journeys/*.md")
    pages = [*INDEX.parent.glob("*.md"), *journeys, DIAGNOSTICS]
    links = [path for path, _ in LINK.findall(INDEX.read_text("utf-8"))]
    linked_pages = {(INDEX.parent / path).resolve() for path in links}
    assert {*pages} - {INDEX} <= linked_pages


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *INDEX.parent.rglob("*.md")],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_links_lead_to_pages_and_their_sections(page: Path) -> None:
    for path, section in LINK.findall(page.read_text("utf-8")):
        target = page.parent / path
        assert target.exists(), path
        titles = TITLE.findall(target.read_text("utf-8")) if section else []
        assert not section or section in map(anchor, titles), f"{path}#{section}"


def anchor(title: str) -> str:
    """The anchor that GitHub gives to a title."""
    return re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
