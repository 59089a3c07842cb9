"""Wheels of the distributions that the tests run with."""

from __future__ import annotations

import os
import py_compile
from importlib.metadata import PathDistribution
from importlib.util import cache_from_source, source_hash
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from installed_wheels import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = b"NAME = 'thing'\n"
BYTECODE = cache_from_source("thing/__init__.py")
INFORMATION = {
    "METADATA": "Metadata-Version: 2.1\nName: a-thing\nVersion: 1.0\n",
    "WHEEL": "Wheel-Version: 1.0\nTag: cp311-abi3-one\nTag: cp311-abi3-two\n",
    "INSTALLER": "pip\n",
    "RECORD": f"thing/__init__.py,,\n{BYTECODE},,\n../bin/thing,,\n"
    + "".join(f"a_thing-1.0.dist-info/{name},,\n" for name in ("METADATA", "WHEEL")),
}


@pytest.fixture
def thing(tmp_path: Path) -> PathDistribution:
    """A distribution with a module, its bytecode and a command."""
    module = tmp_path / "packages" / "thing" / "__init__.py"
    information = tmp_path / "packages" / "a_thing-1.0.dist-info"
    for directory in (module.parent, information, tmp_path / "bin"):
        directory.mkdir(parents=True)
    module.write_bytes(SOURCE)
    by_time = py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(module), invalidation_mode=by_time)
    (tmp_path / "bin" / "thing").write_text("#!/here/python\n", "utf-8")
    for name, content in INFORMATION.items():
        (information / name).write_text(content, "utf-8")
    return PathDistribution(information)


def written(thing: PathDistribution, tmp_path: Path) -> dict[str, bytes]:
    """Return the files of its wheel."""
    write_wheel(thing, tmp_path)
    with ZipFile(tmp_path / "a_thing-1.0-cp311-abi3-one.two.whl") as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


def test_a_wheel_has_the_modules_and_their_bytecode(
    thing: PathDistribution, tmp_path: Path
) -> None:
    files = written(thing, tmp_path)

    information = {
        f"a_thing-1.0.dist-info/{n}" for n in ("METADATA", "RECORD", "WHEEL")
    }
    assert files.keys() == {"thing/__init__.py", BYTECODE, *information}
    assert files["thing/__init__.py"] == SOURCE
    assert files[BYTECODE][8:16] == source_hash(SOURCE)
    listed = files["a_thing-1.0.dist-info/RECORD"].decode().split(",,\n")
    assert {*listed} == {*files, ""}


def test_bytecode_of_another_source_is_left_out(
    thing: PathDistribution, tmp_path: Path
) -> None:
    os.utime(tmp_path / "packages" / "thing" / "__init__.py", (1, 1))

    assert BYTECODE not in written(thing, tmp_path)
