"""The compiler at scale: many documents in one run, and ever larger ones."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import variants
from .compiling import Taken, run
from .peers import compiler

MANY = 2_000
FEWER = 200
OPERATIONS = 16
CURVE = (1, 4, 16, 64, 256, 1_000)


@dataclass(frozen=True, slots=True)
class Scale:
    """The cost of a first run over documents of so many operations each."""

    documents: int
    operations: int
    taken: Taken

    @property
    def seconds_per_thousand(self) -> float:
        """Return the processor time for 1,000 operations."""
        return self.taken.cpu_seconds / (self.documents * self.operations) * 1_000

    def beyond(self, smallest: "Scale") -> float | None:
        """Return it for 1,000 operations more than the smallest document has."""
        more = self.documents * self.operations - smallest.operations
        seconds = self.taken.cpu_seconds - smallest.taken.cpu_seconds
        return seconds / more * 1_000 if more else None


def measure(directory: Path, documents: int) -> Iterator[Scale]:
    """Yield the cost of many documents, then of documents of more and more operations.

    Before, the smallest is compiled once to warm caches up.
    """
    _measured(directory, 1, CURVE[0])
    yield _measured(directory, documents, OPERATIONS)
    for operations in CURVE:
        yield _measured(directory, 1, operations)


def _measured(directory: Path, documents: int, operations: int) -> Scale:
    place = directory / "scale"
    specs, output = place / "specs", place / "output"
    variants.write(specs, documents, operations)
    sample = run((compiler(), specs / "*.yaml", "-o", output, "--quiet"))
    shutil.rmtree(place)
    return Scale(documents, operations, sample)
