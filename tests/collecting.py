"""The collection of tests: each of several processes collects all of them.

The first process to import a module rewrites its assertions, and keeps the result for
the others. So that they share this work, each begins with other folders.
"""

import gc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def begin(config: pytest.Config, is_left_out: Callable[[Path], bool]) -> None:
    """Prepare a process, which collects no garbage meanwhile."""
    gc.disable()
    worker = getattr(config, "workerinput", None)
    if worker and config.args == [TESTS.name]:
        number = int(worker["workerid"].removeprefix("gw"))
        counts = {
            folder: count
            for folder, count in folders().items()
            if not is_left_out(folder)
        }
        config.args = [
            str(folder)
            for folder in rotate_folders(counts, number / worker["workercount"])
        ]


def folders() -> dict[Path, int]:
    """Return the folders of tests in their order, and how many modules each has."""
    modules = Counter(path.parent for path in TESTS.glob("*/test_*.py"))
    return dict(sorted(modules.items()))


def rotate_folders(folders: dict[Path, int], share: float) -> list[Path]:
    """Return folders, from the one before which there is a share of all modules."""
    order, before = [*folders], 0
    for place, folder in enumerate(order):
        if before >= share * sum(folders.values()):
            return order[place:] + order[:place]
        before += folders[folder]
    return order


def put_in_order(items: list[pytest.Item]) -> None:
    """Put tests in the order of the folders, which is the same in every process."""
    ranks = {folder: rank for rank, folder in enumerate(folders())}
    items.sort(key=lambda item: ranks.get(item.path.parent, len(ranks)))


def end() -> None:
    """Keep all objects of now: else each search for garbage looks at them again."""
    gc.enable()
    gc.freeze()
    # Few objects of a compilation are in cycles, so more of them make one look.
    gc.set_threshold(50_000, 20, 20)
