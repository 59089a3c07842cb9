"""The documents of the corpus, each fixed once for all tests and processes of a run."""

import fcntl
import pickle
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.tools.fix import repair

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
DOCUMENTS = sorted(CORPUS.rglob("*.y*ml"))
"""The documents, none if the corpus isn't beside the checkout."""
OPTIONS = Options(output=Path())


@dataclass(frozen=True)
class Fixed:
    """A fixed document.

    Attributes:
        path: The document.
        repaired: The result.
        readings: How many contents were read to find it.
        repetitions: How many of them had been read before.
    """

    path: Path
    repaired: repair.Repair
    readings: int
    repetitions: int


@dataclass(frozen=True)
class FixedCorpus:
    """Fixes documents, and keeps the results in a directory of the run."""

    directory: Path

    def fix(self, path: Path) -> Fixed | None:
        """Return a document after fixing; None if it has errors."""
        cache = self.directory / path.relative_to(CORPUS).as_posix().replace("/", "+")
        with cache.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not file.tell():
                pickle.dump(_fix(path), file)
            file.seek(0)
            result: Fixed | None = pickle.load(file)  # noqa: S301 - of this run
            return result

    def read(self, path: Path) -> frontend.Reading:
        """Return the reading of a document; one that was fixed just now was read."""
        return _read(path)

    def fix_all(self) -> list[Fixed]:
        """Return the documents without errors after fixing."""
        return [spec for path in DOCUMENTS if (spec := self.fix(path))]


@lru_cache(maxsize=1)
def _read(path: Path) -> frontend.Reading:
    return frontend.read(path, OPTIONS)


def _fix(path: Path) -> Fixed | None:
    reading = _read(path)
    if reading.meaning is None:
        return None
    with patch.object(frontend, "read", wraps=frontend.read) as read:
        result = repair.repair_spec(reading, OPTIONS)
    contents = {call.args[2] for call in read.call_args_list}
    return Fixed(path, result, read.call_count, read.call_count - len(contents))
