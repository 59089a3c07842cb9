"""The directory of files in which workers count, and the library that writes them."""

import atexit
import os
import re
import shutil
import stat
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import StartError

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of `prometheus-client` that names the directory."""
COUNTS = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_(-1|[0-9]+)\.db")
_PLACE = [-1]
"""The place of this process among those that count; the parent has none."""


def begin_sharing(name: str, workers: int) -> bool:
    """Have several workers count in files; return whether they do.

    The library looks for its variable when it is first imported, and some code of the
    package's users may have imported it before.
    """
    is_shared = workers > 1 or DIRECTORY in os.environ
    # The library declares no types of this module.
    values: Any = import_module("prometheus_client.values")
    if is_shared:
        os.environ[DIRECTORY] = str(_empty_directory(name))
        values.ValueClass = values.MultiProcessValue(lambda: _PLACE[0])
    else:
        values.ValueClass = values.get_value_class()
    return is_shared


def count_as(place: int) -> None:
    """Count in the files of the process at this place, from 0.

    The process that replaces another one goes on in its files. So their number is
    bounded, and no count is lost.
    """
    _PLACE[0] = place


def _empty_directory(name: str) -> Path:
    """Return the directory, without the counts of an earlier run.

    Raises StartError if it can't be made, or if other users may write to it.
    """
    try:
        if DIRECTORY not in os.environ:
            made = tempfile.mkdtemp(prefix=f"{name}-metrics-")
            # Workers are forks, which end without calling this.
            atexit.register(shutil.rmtree, made, ignore_errors=True)
            return Path(made)
        directory = Path(os.environ[DIRECTORY])
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_owner(directory)
        for file in directory.iterdir():
            if COUNTS.fullmatch(file.name):
                file.unlink()
    except OSError as error:
        raise _unusable(error.strerror) from None
    return directory


def _check_owner(directory: Path) -> None:
    if sys.platform == "win32":  # has neither such modes nor ids
        return
    status = directory.stat()
    if status.st_mode & stat.S_IWOTH:
        raise _unusable("everybody may write to it")
    if status.st_uid != os.geteuid():
        raise _unusable("it is another user's")


def _unusable(fault: str | None) -> StartError:
    return StartError(
        f"can't use the directory of metrics: {fault}; set {DIRECTORY} to one of the "
        "package's own, which is made if it doesn't exist"
    )
