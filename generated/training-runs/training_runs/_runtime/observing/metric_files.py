"""The directory of files in which workers count, and the library that writes them."""

import atexit
import os
import re
import shutil
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import StartError

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The variable of `prometheus-client` that names the directory."""
COUNTS = re.compile(r"(counter|histogram|summary|gauge_[a-z]+)_[0-9]+\.db")


def begin_sharing(name: str, workers: int) -> bool:
    """Have several workers count in files; return whether they do.

    The library looks for its variable when it is first imported, and some code of the
    package's users may have imported it before.
    """
    if workers > 1 or DIRECTORY in os.environ:
        os.environ[DIRECTORY] = str(_empty_directory(name))
    # The library declares no types of this module.
    values: Any = import_module("prometheus_client.values")
    values.ValueClass = values.get_value_class()
    return DIRECTORY in os.environ


def _empty_directory(name: str) -> Path:
    """Return the directory, without the counts of an earlier run.

    Raises StartError if it can't be made.
    """
    try:
        if DIRECTORY not in os.environ:
            made = tempfile.mkdtemp(prefix=f"{name}-metrics-")
            # Workers are forks, which end without calling this.
            atexit.register(shutil.rmtree, made, ignore_errors=True)
            return Path(made)
        directory = Path(os.environ[DIRECTORY])
        directory.mkdir(parents=True, exist_ok=True)
        for file in directory.iterdir():
            if COUNTS.fullmatch(file.name):
                file.unlink()
    except OSError as error:
        raise StartError(
            f"can't write the files of metrics: {error.strerror}; set {DIRECTORY} to a "
            "directory that the package may write to"
        ) from None
    return directory
