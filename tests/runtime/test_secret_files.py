"""Files of secrets that change: each with the last content that could be used."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from naftiko_runtime.errors import SettingsError
from naftiko_runtime.settings import SecretFiles, follow

Pair = tuple[str, str]
NAMES = ("A", "B")


def pair(env: Mapping[str, str]) -> Pair:
    """Read both secrets, of which A mustn't be bad, and both mustn't be equal."""
    if env["A"] == "bad":
        raise SettingsError.of("A", "must be good")
    if env["A"] == env["B"]:
        raise SettingsError("both are equal")
    return env["A"], env["B"]


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / name for name in NAMES}
    for name, path in paths.items():
        path.write_text(f"{name}-1")
    return paths


@pytest.fixture
def follow_pair(paths: dict[str, Path]) -> Callable[[], Pair | None]:
    files = SecretFiles({f"{n}_FILE": str(path) for n, path in paths.items()}, NAMES)
    assert files.read(pair) == ("A-1", "B-1")
    return follow(files, pair)


def test_each_content_is_seen_once(
    paths: dict[str, Path], follow_pair: Callable[[], Pair | None]
) -> None:
    assert follow_pair() is None
    for number in range(2, 300):
        paths["A"].write_text(f"A-{number % 10}")
        assert follow_pair() == (f"A-{number % 10}", "B-1")
        assert follow_pair() is None


async def test_a_malformed_secret_holds_no_other_one_up(
    paths: dict[str, Path],
    follow_pair: Callable[[], Pair | None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        paths["A"].write_text("bad")
        assert follow_pair() is None
        paths["B"].write_text("B-2")
        assert follow_pair() == ("A-1", "B-2")
        paths["B"].unlink()
        paths["A"].write_text("A-2")
        assert follow_pair() == ("A-2", "B-2")
    assert len(caplog.messages) == 2
    assert "bad" not in caplog.text


def test_secrets_that_do_not_fit_together_stay_as_they_were(
    paths: dict[str, Path], follow_pair: Callable[[], Pair | None]
) -> None:
    paths["A"].write_text("same")
    paths["B"].write_text("same")
    assert follow_pair() is None
    paths["B"].write_text("B-3")
    assert follow_pair() == ("same", "B-3")
