"""Tests that fetch packages are skipped only where no registry can be reached."""

from __future__ import annotations

import pytest

from registries import skip_if_unreachable


@pytest.mark.parametrize(
    "log",
    [
        "npm error code ENOTFOUND\nnpm error network",
        "ERROR: Could not find a version that satisfies it (from versions: none)",
    ],
)
def test_an_unreachable_registry_is_skipped(log: str) -> None:
    with pytest.raises(pytest.skip.Exception):
        skip_if_unreachable(log)


@pytest.mark.parametrize(
    "log",
    [
        "npm error code E404",
        "ERROR: Could not find a version that satisfies it (from versions: 0.1.0)",
        "",
    ],
)
def test_a_missing_package_is_not_skipped(log: str) -> None:
    skip_if_unreachable(log)
