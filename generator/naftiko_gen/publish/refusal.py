"""Refusals: why a package can't be written to a directory, and their diagnostics."""

from __future__ import annotations

import contextlib
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.language.portable_names import directories
from naftiko_gen.publish import disk
from naftiko_gen.publish.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.emit.files import File
    from naftiko_gen.publish.manifest import Broken, Record


class Reason(Enum):
    """Why a directory is refused; the value is the slug of the diagnostic's code."""

    UNUSABLE_OUTPUT = "unusable-output"
    BROKEN_MANIFEST = "broken-manifest"
    FOREIGN_PACKAGE = "foreign-package"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused directory; the message is one sentence without a full stop."""

    reason: Reason
    message: str


def unusable_output(
    output: Path, root: Path, spec: Path | None = None
) -> Refusal | None:
    """Refuse directories where generated files would mix with important files.

    `output` is the directory that the user named, `root` the package's own in it.
    """
    link = _link(output, root)
    if link:
        hint = "name the directory behind it, or move it away"
        return _unusable(f"'{link}' is a symbolic link; {hint}")
    places = [place.resolve() for place in (output, root)]
    if any(place == place.parent for place in places):
        return _unusable(f"'{output}' is the root of the file system; name a directory")
    if _home() in places:
        return _unusable(f"'{output}' is the home directory; name a directory in it")
    if spec is not None and spec.resolve().is_relative_to(places[1]):
        return _unusable(f"'{root}' holds the spec '{spec}'; name another directory")
    return None


def _link(output: Path, root: Path) -> Path | None:
    """Return a link on the path to a package that a repository may contain.

    Through such a link, files would go to a directory that the path doesn't show. The
    parents of an absolute path outside the working directory are trusted.
    """
    first = _count_trusted(output) if output.is_absolute() else 0
    paths = (Path(*output.parts[: n + 1]) for n in range(first, len(output.parts)))
    return next((path for path in (*paths, root) if path.is_symlink()), None)


def _count_trusted(output: Path) -> int:
    """Return the number of leading parts that no repository can contain."""
    with contextlib.suppress(OSError):  # the working directory may be gone
        here = Path.cwd()
        if output.is_relative_to(here):
            return len(here.parts)
    return len(output.parts) - 1


def broken_manifest(root: Path, manifest: Broken) -> Refusal:
    """Refuse a package whose manifest can't be read, as its files aren't known."""
    return Refusal(
        Reason.BROKEN_MANIFEST,
        f"'{root / MANIFEST_NAME}' can't be used because {manifest.reason}",
    )


def foreign_package(root: Path, spec: str) -> Refusal:
    """Refuse to replace a package that was compiled from another spec."""
    return Refusal(
        Reason.FOREIGN_PACKAGE, f"'{root}' was compiled from another spec, {spec}"
    )


def foreign_runtime(root: Path) -> Refusal:
    """Refuse to replace a copy of the runtime by a package."""
    return Refusal(
        Reason.FOREIGN_PACKAGE, f"'{root}' holds the runtime, and no package"
    )


def foreign_kind(root: Path, record: Record) -> Refusal:
    """Refuse to replace a deployment by a package, or a package by a deployment."""
    kind = "a deployment" if record.is_deployment else "a package"
    message = f"'{root}' holds {kind}; name another directory"
    return Refusal(Reason.FOREIGN_PACKAGE, message)


def find_obstacle(
    root: Path, files: tuple[File, ...], record: Record
) -> Refusal | None:
    """Refuse links on the paths of our files, and directories in their places."""
    if disk.lstat(root) is None:
        return None
    paths = tuple(file.path for file in files)
    links = _links(root, (*paths, *record.files))
    messages = (*_misfit_root(root), *links, *_misfits(root, paths))
    return _unusable(messages[0]) if messages else None


def _unusable(message: str) -> Refusal:
    return Refusal(Reason.UNUSABLE_OUTPUT, message)


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # a user without one
        return None


def _misfit_root(root: Path) -> Iterator[str]:
    if not _is_free_for(stat.S_IFDIR, root):
        yield f"'{root}' is a link or isn't a directory; move it away"


def _links(root: Path, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        link = disk.symbolic_link(root, path)
        if link:
            yield f"'{root / link}' is a symbolic link, and links are never followed"


def _misfits(root: Path, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        for directory in directories(path):
            if not _is_free_for(stat.S_IFDIR, root / directory):
                yield f"'{root / directory}' isn't a directory; move it away"
        if not _is_free_for(stat.S_IFREG, root / path):
            yield f"'{root / path}' isn't a regular file; move it away"


def _is_free_for(kind: int, place: Path) -> bool:
    status = disk.lstat(place)
    return status is None or stat.S_IFMT(status.st_mode) == kind


def report_refusal(refusal: Refusal, report: Report) -> None:
    """Report why the package can't be written there."""
    code = Code.of(refusal.reason.value)
    report.add(code or Code.UNUSABLE_OUTPUT, refusal.message)
