"""The examples on the pages of the codes, as files and as texts that tests rewrite.

A line with its name precedes each file. `fix` leaves `left-<reason>.yaml` alone, and
changes any `spec-<case>.yaml` by the diff below it.
"""

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterable
from difflib import unified_diff
from functools import cache
from pathlib import Path

from naftiko_gen.diagnostics.codes import ALWAYS_REPORTED, EXTENSIONS, NEVER_FIXED, Code

PAGES = Path(__file__).parents[2] / "docs" / "diagnostics"
SPEC, CONFIGURATION = "spec.yaml", "naftiko-gen.toml"
FURTHER, LEFT = "spec-", "left-"
"""Beginnings of the names of further specs, and of those that `fix` leaves alone."""

FENCE = r"\n\n```{language}\n(.*?)^```\n"
FILE = re.compile(
    r"^`([\w.-]+)`[^\n]*:" + FENCE.format(language=r"\w+"), re.DOTALL | re.MULTILINE
)
PART = re.compile(r"^(?=`(?:spec|left)\b|## )", re.MULTILINE)
"""The beginning of a spec with the fences that belong to it, or of a section."""
MESSAGE = ("The message", "text")
FIX = ("`naftiko-gen fix` changes", "diff")
"""The line above a fence, and its language."""
GROUP = re.compile(r"^group: (.+)$", re.MULTILINE)
LINE = re.compile(".*\n")
"""A line: other characters than line feeds don't end it."""
HUNK = re.compile(r"@@ -(\d+)")
FACTS = {
    "extension": EXTENSIONS,
    "always-reported": ALWAYS_REPORTED,
    "never-fixed": NEVER_FIXED,
}


def page_of(code: Code) -> Path:
    return PAGES / f"{code.slug}.md"


def text_of(code: Code) -> str:
    return page_of(code).read_text("utf-8")


def group_of(code: Code) -> str:
    """Return the group, which only the page of a code knows."""
    [group] = GROUP.findall(text_of(code))
    return str(group)


def files(code: Code) -> dict[str, str]:
    """Return the files on a page by their names."""
    return dict(FILE.findall(text_of(code)))


def is_further(name: str) -> bool:
    """Return whether a file shows `fix` only; others belong to the example."""
    return name.startswith((FURTHER, LEFT))


def spec_names(code: Code) -> list[str]:
    """Return the names of the files that are subjects of tests, not imports."""
    return [name for name in files(code) if name == SPEC or is_further(name)]


def message(code: Code) -> str:
    """Return the output of the command line for an example."""
    return _fence(text_of(code), MESSAGE)


def fix_output(code: Code, name: str) -> str:
    """Return the output of `fix` for a spec."""
    parts = PART.split(text_of(code))
    return _patch(files(code)[name], _fence(parts[_find(parts, name)], FIX))


def with_message(code: Code, text: str) -> str:
    """Return a page with that output, and the facts that the program knows."""
    return _put(_with_facts(code), SPEC, MESSAGE, text)


def with_fix(code: Code, name: str, content: str) -> str:
    """Return a page with that output of `fix` for a spec."""
    before, after = (LINE.findall(text) for text in (files(code)[name], content))
    difference = [*unified_diff(before, after, n=2)][2:]
    return _put(text_of(code), name, FIX, "".join(difference))


def write_files(code: Code, directory: Path, names: Iterable[str]) -> None:
    for name in names:
        (directory / name).write_text(files(code)[name], "utf-8", newline="\n")


@cache
def unpack(slug: str) -> Path:
    """Write the files of a page into a directory of this process, and return it."""
    directory = _scratch() / slug
    directory.mkdir()
    [code] = (code for code in Code if code.slug == slug)
    write_files(code, directory, files(code))
    return directory


@cache
def _scratch() -> Path:
    directory = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(directory)


def _with_facts(code: Code) -> str:
    rows = {"severity": code.severity.value, "group": group_of(code)}
    rows |= {name: "true" for name, codes in FACTS.items() if code in codes}
    head = "".join(f"{name}: {value}\n" for name, value in rows.items())
    return "---\n".join(["", head, text_of(code).split("---\n", 2)[2]])


def _put(text: str, name: str, label: tuple[str, str], content: str) -> str:
    """Put a fence into the part of a spec, or behind the other fences there."""
    parts = PART.split(text)
    place = _find(parts, name)
    line, language = label
    fence = f"{line}:\n\n```{language}\n{content}```\n"
    part, count = _pattern(label).subn(lambda _: fence, parts[place])
    if not count:
        part = f"{part.rstrip()}\n\n{fence}" + "\n" * (place + 1 < len(parts))
    return "".join([*parts[:place], part, *parts[place + 1 :]])


def _find(parts: list[str], name: str) -> int:
    """Return the place of a spec; a page without specs is a single part."""
    places = [n for n, part in enumerate(parts) if part.startswith(f"`{name}`")]
    return places[0] if places else 0


def _fence(text: str, label: tuple[str, str]) -> str:
    match = _pattern(label).search(text)
    return match[1] if match else ""


def _pattern(label: tuple[str, str]) -> re.Pattern[str]:
    line, language = label
    fence = FENCE.format(language=language)
    return re.compile(f"^{re.escape(line)}:{fence}", re.DOTALL | re.MULTILINE)


def _patch(text: str, difference: str) -> str:
    """Return a text after the changes of a diff."""
    left, lines = LINE.findall(text), []
    position = 0
    for line in LINE.findall(difference):
        if hunk := HUNK.match(line):
            start = int(hunk[1]) - 1
            lines += left[position:start]
            position = start
        else:
            lines += [line[1:]] if line[0] in " +" else []
            position += line[0] in " -"
    return "".join([*lines, *left[position:]])
