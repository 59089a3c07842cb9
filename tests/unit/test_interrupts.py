"""An interrupt (Ctrl-C) waits until a package is published, and leaves nothing."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from golden_files import ROOT
from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish import publication
from naftiko_gen.publish.interrupts import deferred_interrupts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SPEC = ROOT / "specs" / "training-runs.yaml"
STEPS = ("_plan_again", "_stage_tree", "put_in_place", "finish", "compare")


@pytest.fixture(autouse=True)
def _unchanged_handler() -> Iterator[None]:
    """Check that each test leaves the handler of interrupts as it was."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def interrupted(function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that is interrupted before its work."""

    def work(*arguments: object, **options: object) -> object:
        signal.raise_signal(signal.SIGINT)
        return function(*arguments, **options)

    return work


@pytest.mark.parametrize("step", STEPS)
def test_a_publication_is_completed(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = interrupted(getattr(publication, step))
    monkeypatch.setattr(publication, step, work)

    with pytest.raises(KeyboardInterrupt):
        compile_spec(SPEC, Options(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["training-runs"]
    assert (tmp_path / "training-runs" / ".naftiko-gen.json").is_file()


def test_a_second_interrupt_does_not_wait() -> None:
    steps = []

    @deferred_interrupts()
    def work() -> None:
        for number in range(3):
            signal.raise_signal(signal.SIGINT)
            steps.append(number)

    with pytest.raises(KeyboardInterrupt):
        work()

    assert steps == [0]


def test_another_handler_stays() -> None:
    numbers = []
    before = signal.signal(signal.SIGINT, lambda number, _: numbers.append(number))
    try:
        with deferred_interrupts():
            signal.raise_signal(signal.SIGINT)
            assert numbers == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_publish_without_handlers(tmp_path: Path) -> None:
    thread = threading.Thread(target=compile_spec, args=(SPEC, Options(tmp_path)))
    thread.start()
    thread.join()

    assert [path.name for path in tmp_path.iterdir()] == ["training-runs"]
