"""Fixtures of the tests of single modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from newer_runtime import forget, replace_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def newer_runtime(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """Return the function that replaces the runtime by a newer one during a test."""

    def replace(version: str, notes: str = "") -> None:
        directory = tmp_path_factory.mktemp("newer")
        replace_runtime(directory, monkeypatch, version, notes)

    yield replace
    forget()
