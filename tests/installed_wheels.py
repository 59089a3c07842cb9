"""Wheels of the installed distributions: no index is asked for them again.

They hold the bytecode as well, so nothing is compiled where tests install them, neither
ahead nor at the first import.
"""

import os
import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from importlib.util import MAGIC_NUMBER, source_from_cache, source_hash
from pathlib import Path
from zipfile import ZipFile

FROM_SOURCES = "direct_url.json"
"""A file that pip adds to a distribution which is of no index."""
ADDED = ("INSTALLER", "RECORD", "REQUESTED")
"""Files that pip adds to those of a wheel."""
BYTECODE = ".pyc"
UNCHECKED = (1).to_bytes(4, "little")
"""The mark of bytecode that isn't compared with its source."""


def installed_distributions() -> dict[str, Distribution]:
    """Return the distributions that wheels brought, by name."""
    from_wheels = {
        distribution.name: distribution
        for distribution in distributions()
        if distribution.read_text("WHEEL")
    }
    return {
        name: distribution
        for name, distribution in sorted(from_wheels.items())
        if distribution.read_text(FROM_SOURCES) is None
    }


def wheel_name(distribution: Distribution) -> str:
    """Return the name of the wheel of a distribution."""
    name = f"{distribution.name.replace('-', '_')}-{distribution.version}"
    return f"{name}-{_tags(distribution)}.whl"


def write_wheel(distribution: Distribution, directory: Path) -> None:
    """Write a wheel from which pip installs a distribution anew."""
    places: list[str] = []
    with ZipFile(directory / wheel_name(distribution), "w") as wheel:
        for place, path in _files(distribution):
            content = _content(path)
            if content is not None:
                wheel.writestr(place, content)
                places.append(place)
                if os.access(path, os.X_OK):
                    wheel.getinfo(place).external_attr = 0o100755 << 16
        [info] = {place.partition("/")[0] for place in places if _is_information(place)}
        record = f"{info}/RECORD"
        wheel.writestr(record, "".join(f"{place},,\n" for place in (*places, record)))


def _is_information(place: str) -> bool:
    return re.fullmatch(r"[^/]+\.dist-info/WHEEL", place) is not None


def _tags(distribution: Distribution) -> str:
    """Return the tags of a wheel as its name has them."""
    lines = (distribution.read_text("WHEEL") or "").splitlines()
    tags = [line.removeprefix("Tag: ").split("-") for line in lines if "Tag: " in line]
    return "-".join(".".join(dict.fromkeys(words)) for words in zip(*tags, strict=True))


def _files(distribution: Distribution) -> Iterator[tuple[str, Path]]:
    """Yield the files: their places in the wheel, and here.

    Python's own commands are left out: pip writes those of entry points.
    """
    for file in distribution.files or ():
        path = Path(str(file.locate()))
        if file.parts[0] != "..":
            if path.name not in ADDED and path.exists():
                yield file.as_posix(), path
        elif path.suffix != BYTECODE and not path.read_bytes().startswith(b"#!"):
            name = f"{distribution.name.replace('-', '_')}-{distribution.version}"
            yield f"{name}.data/scripts/{path.name}", path


def _content(path: Path) -> bytes | None:
    """Return the content of a file; nothing of bytecode that isn't its source's."""
    content = path.read_bytes()
    if path.suffix != BYTECODE:
        return content
    source = Path(source_from_cache(path))
    status = source.stat()
    words = (0, int(status.st_mtime), status.st_size)
    head = b"".join((word & 0xFFFFFFFF).to_bytes(4, "little") for word in words)
    if content[:16] != MAGIC_NUMBER + head:
        return None
    # Its source will get another time.
    return MAGIC_NUMBER + UNCHECKED + source_hash(source.read_bytes()) + content[16:]
