"""Documents of any number of operations, after the example of a real one."""

import json
import re
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml

from .compiling import TRAINING_RUNS

_SUBJECTS = ("run", "job", "sweep", "model", "dataset", "checkpoint", "evaluation")
"""The subjects of the documents, by turns."""
_RUN = re.compile(r"(?<=create)run|(?<=delete)run|(?<=training[-/ ])run(?!s\.)")
"""The subject in the example's entries, its namespace aside."""


def write(directory: Path, count: int, operations: int) -> None:
    """Write documents of so many operations each, which are the same every time."""
    directory.mkdir(parents=True)
    for number, subject in enumerate(islice(cycle(_SUBJECTS), count)):
        text = document(f"{subject}{number}", operations)
        path = directory / f"training-{subject}s-{number:04}.yaml"
        path.write_text(text, encoding="utf-8")


def document(subject: str, operations: int) -> str:
    """Return a capability whose operations are consumed, and exposed as route and tool.

    The example's operations are repeated, each time about something else.
    """
    tree = yaml.safe_load(TRAINING_RUNS.read_text(encoding="utf-8"))
    for holder, key in _lists(tree["capability"]):
        holder[key] = list(_repeated(holder[key], subject, operations))
    return yaml.safe_dump(tree, sort_keys=False)


def _lists(capability: Any) -> Iterator[tuple[Any, str]]:
    """Yield each part with an entry for each operation, and the entries' key."""
    for holder in (*capability["consumes"], *capability["exposes"]):
        yield holder, "resources" if "resources" in holder else "tools"


def _repeated(entries: list[Any], subject: str, count: int) -> Iterator[Any]:
    for number, entry in enumerate(islice(cycle(entries), count)):
        turn = number // len(entries)
        about = f"{subject}x{turn}" if turn else subject
        yield json.loads(_RUN.sub(about, json.dumps(entry)))
