"""Requirements of another Python, where they differ between versions."""

from __future__ import annotations

from importlib.metadata import Distribution, PathDistribution
from typing import TYPE_CHECKING

import pytest

from other_pythons import needed

if TYPE_CHECKING:
    from pathlib import Path

REQUIREMENTS = {
    "Web": ("server>=2", 'Old; python_version < "3.12"', 'crypt; extra == "safe"'),
    "server": ('speed; extra == "fast"', "web"),
    "crypt": (),
    "speed": (),
    "old": ('new; python_version >= "3.12"',),
}
BUILT = ("crypt", "speed")


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, Distribution]:
    return {name: distribution(tmp_path, name) for name in REQUIREMENTS}


def distribution(root: Path, name: str) -> Distribution:
    directory = root / f"{name}-1.0.dist-info"
    directory.mkdir()
    lines = [f"Requires-Dist: {requirement}\n" for requirement in REQUIREMENTS[name]]
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    (directory / "METADATA").write_text(head + "".join(lines), "utf-8")
    tag = "cp311-cp311-linux" if name in BUILT else "py3-none-any"
    (directory / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n", "utf-8")
    return PathDistribution(directory)


@pytest.mark.parametrize(
    ("version", "wanted", "same", "built", "missing"),
    [
        ("3.13", "web", ["Web", "server"], [], []),
        ("3.11", "web", ["Web", "server", "old"], [], []),
        ("3.13", "web[safe]", ["Web", "server"], ["crypt==1.0"], []),
        ("3.13", "server[fast]", ["server", "Web"], ["speed==1.0"], []),
        ("3.13", "Old", ["old"], [], ["new"]),
        ("3.13", "other>=2,<3", [], [], ["other<3,>=2"]),
        ("3.13", 'other; python_version < "3.12"', [], [], []),
    ],
)
def test_requirements_are_followed_for_a_version(
    version: str,
    wanted: str,
    same: list[str],
    built: list[str],
    missing: list[str],
    installed: dict[str, Distribution],
) -> None:
    result = needed(version, [wanted], installed)

    assert [wheel.name for wheel in result.same()] == same
    assert (result.built(), result.missing()) == (built, missing)
