"""Files of expected texts, and the way to accept others."""

from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Golden:
    """Compares with expected files; those that differ are rewritten if `update`."""

    test: str
    update: bool
    accepted: list[str]
    """The differences that were accepted, for the end of the run."""

    def check(self, expected: Path, content: bytes) -> None:
        """Fail unless the file has that content."""
        was = expected.read_bytes() if expected.exists() else None
        if was == content:
            return
        difference = _difference(expected, was or b"", content)
        if not self.update:
            command = f'.venv/bin/python -m pytest "{self.test}" --update-golden'
            pytest.fail(f"{difference}\naccept it with: {command}", pytrace=False)
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_bytes(content)
        self.accepted.append(difference)


def _difference(path: Path, was: bytes, now: bytes) -> str:
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    names = f"expected/{name}", f"now/{name}"
    return "".join(unified_diff(_lines(was), _lines(now), *names))


def _lines(content: bytes) -> list[str]:
    # Without a newline, the last line would run into the next text of the output.
    return [
        line if line.endswith("\n") else f"{line}\n"
        for line in content.decode(errors="backslashreplace").splitlines(keepends=True)
    ]
