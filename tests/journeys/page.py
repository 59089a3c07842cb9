"""A page of the documentation to follow: files to write, and commands to type."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([^`]+)`[^`\n]*:\s*\Z")
"""The name of the file, at the end of the text before the block."""


@dataclass(frozen=True)
class File:
    """A file that the reader is asked to write."""

    name: str
    content: str


@dataclass(frozen=True)
class Command:
    """A line that the reader types, and lines of its output; `...` is any."""

    line: str
    expected: tuple[str, ...]

    def is_shown_by(self, output: str) -> bool:
        """Return whether an output has the expected lines, in their order."""
        pattern = "".join(
            r"(?:.*\n)*?" if line.strip() == "..." else f"{_line(line)}\\n"
            for line in self.expected
        )
        lines = (line.rstrip() for line in output.splitlines())
        return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _line(expected: str) -> str:
    """Return an expression of a line in which `...` is anything."""
    return ".*".join(map(re.escape, expected.split("...")))


Step = File | Command


def steps(page: Path) -> Iterator[Step]:
    """Yield the steps of a reader, in order."""
    text = page.read_text(encoding="utf-8")
    for block in _FENCE.finditer(text):
        language, content = block.groups()
        if language == "console":
            yield from _commands(content)
        elif match := _FILE.search(text[: block.start()]):
            yield File(match[1], content)


def _commands(block: str) -> Iterator[Command]:
    first, *rest = re.split(r"^\$ ", block, flags=re.MULTILINE)
    assert not first, "a block of commands begins with a command"
    for command in rest:
        line, *expected = command.splitlines()
        yield Command(line, tuple(expected))
