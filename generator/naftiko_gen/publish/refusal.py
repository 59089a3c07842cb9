"""Places where no package can be written."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path

from naftiko_gen.emit.files import File
from naftiko_gen.language.portable_names import directories
from naftiko_gen.publish import disk
from naftiko_gen.publish.disk import PublicationError
from naftiko_gen.publish.manifest import Record


def check_output(output: Path, root: Path, spec: Path | None = None) -> None:
    """Refuse directories where generated files would mix with important files.

    `output` is the directory that the user named, `root` the package's own in it.

    Raises:
        PublicationError: The directories are refused.
    """
    with disk.disk_failures("read", root):
        message = next(_faults(output, root, spec), None)
    if message:
        raise PublicationError(message)


def _faults(output: Path, root: Path, spec: Path | None) -> Iterator[str]:
    link = _link(output, root)
    if link:
        hint = "name the directory behind it, or move it away"
        yield f"'{link}' is a symbolic link; {hint}"
    places = [place.resolve() for place in (output, root)]
    yield from (f"'{output}' {fault}" for fault in map(find_fault, places) if fault)
    if spec is not None and spec.resolve().is_relative_to(places[1]):
        yield f"'{root}' holds the spec '{spec}'; name another directory"


def find_fault(directory: Path) -> str | None:
    """Return why nothing is written straight into a directory, None if it may be.

    The directory is a real path.
    """
    if directory == directory.parent:
        return "is the root of the file system; name a directory"
    if directory == _home():
        return "is the home directory; name a directory in it"
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


def _home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # a user without one
        return None


def check_paths(root: Path, files: tuple[File, ...], record: Record) -> None:
    """Refuse links on the paths of our files, and other things in their places.

    Raises:
        PublicationError: The directory is refused.
    """
    if disk.lstat(root) is not None:
        paths = tuple(file.path for file in files)
        message = next(_obstacles(root, paths, (*paths, *record.files)), None)
        if message:
            raise PublicationError(message)


def _obstacles(
    root: Path, paths: tuple[str, ...], all_paths: tuple[str, ...]
) -> Iterator[str]:
    if not _is_free_for(stat.S_IFDIR, root):
        yield f"'{root}' is a link or isn't a directory; move it away"
    for path in all_paths:
        link = disk.symbolic_link(root, path)
        if link:
            yield f"'{root / link}' is a symbolic link, and links are never followed"
    for path in paths:
        for directory in directories(path):
            if not _is_free_for(stat.S_IFDIR, root / directory):
                yield f"'{root / directory}' isn't a directory; move it away"
        if not _is_free_for(stat.S_IFREG, root / path):
            yield f"'{root / path}' isn't a regular file; move it away"


def _is_free_for(kind: int, place: Path) -> bool:
    status = disk.lstat(place)
    return status is None or stat.S_IFMT(status.st_mode) == kind
