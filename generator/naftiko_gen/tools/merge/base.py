"""The file beside a capability that holds it as the last import made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.openapi.write.capability import key_of
from naftiko_gen.openapi.write.stable_names import written_operations
from naftiko_gen.publish import atomic
from naftiko_gen.syntax import files
from naftiko_gen.syntax.reader import load
from naftiko_gen.syntax.tree import Mapping

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.openapi.read.api import Api, Omission, Operation


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


def is_of_another_api(base: bytes, content: bytes, api: Api) -> bool:
    """Return whether the earlier import was of another API's document.

    A document that changes keeps half of its operations, or its title and at least one
    of them. `content` is the new import, and `api` the whole document, of which an
    import may take other operations than the earlier one.
    """
    before, now = (load(text, Report("")) for text in (base, content))
    if before is None or now is None:
        return False
    has_title = _title(before) == _title(now)
    every: tuple[Operation | Omission, ...] = (*api.operations, *api.omitted)
    keys = {key_of(item.method, item.path) for item in every}
    operations = [item.key in keys for item in written_operations(before)]
    if not operations:
        return not has_title
    return not any(operations) if has_title else 2 * sum(operations) < len(operations)


def _title(root: Mapping) -> str | None:
    about = root.get("info")
    return about.text("label") if isinstance(about, Mapping) else None
