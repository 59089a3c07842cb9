"""The file beside a capability that holds it as the last import made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.publish import atomic
from naftiko_gen.syntax import files

if TYPE_CHECKING:
    from pathlib import Path


def base_path(spec: Path) -> Path:
    """Return the path of the file.

    It doesn't end in `.yaml`, so that no pattern for specs finds it.
    """
    return spec.with_name(f".{spec.name}.imported")


def read_base(spec: Path) -> bytes | None:
    """Return the capability as the last import made it; None if that isn't known."""
    try:
        return files.content(base_path(spec))
    except (OSError, ValueError):
        return None


def write_base(spec: Path, content: bytes) -> None:
    """Keep a capability as an import makes it.

    Raises:
        OSError: The file can't be written.
    """
    if read_base(spec) != content:
        atomic.replace(base_path(spec), content)
