"""The runtime of a compiled package: its name, and a copy to change."""

import shutil
from pathlib import Path

from delivery import chosen_delivery
from naftiko_gen.configuration.options import Delivery
from naftiko_gen.emit.runtime.source import (
    LIBRARY_PACKAGE,
    VENDORED_PACKAGE,
    package_of,
    runtime_root,
)


def runtime_package(module: str) -> str:
    """Return the name by which Python imports the runtime of a package."""
    return package_of(chosen_delivery(), module)


def own_runtime(project: Path, module: str) -> Path:
    """Return the directory of a runtime that only this project imports.

    A package of the delivery `library` gets a copy that hides the installed one.
    """
    if chosen_delivery() is Delivery.VENDORED:
        return project / module / VENDORED_PACKAGE
    return shutil.copytree(runtime_root(), project / LIBRARY_PACKAGE)
