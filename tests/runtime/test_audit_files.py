"""Files of audits that are moved, replaced, or on a full disk."""

import logging
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from naftiko_runtime import errors
from naftiko_runtime.errors import StartError
from naftiko_runtime.observing.logs import AppendedFile


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_another_process_goes_on_behind_a_part_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "audit"
    write = AppendedFile(str(path))
    write(b"first\n")
    with largest_file(9):
        with pytest.raises(OSError, match="only a part"):
            write(b"second\n")
        with pytest.raises(OSError, match="File too large"):
            write(b"third\n")
    if (child := os.fork()) == 0:
        write(b"fourth\n")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    write(b"fifth\n")

    assert path.read_bytes() == b"first\nsec\nfourth\nfifth\n"


def test_a_pipe_without_a_reader_ends_the_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "audit")

    with pytest.raises(StartError, match="a pipe that nobody reads"):
        AppendedFile(str(tmp_path / "audit"))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
async def test_lines_stay_in_a_file_whose_path_is_taken(
    make: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(make)
    path, new_path = tmp_path / "audit", tmp_path / "moved"
    write = AppendedFile(str(path))
    write(b"first\n")
    path.rename(new_path)
    make(path)

    with caplog.at_level(logging.WARNING, errors.__name__):
        write(b"second\n")

    assert new_path.read_bytes() == b"first\nsecond\n"
    assert "the last one gets its lines" in caplog.text
