"""The states of workers on the board that a package's processes share."""

import os

import pytest

from naftiko_runtime.serving.program import STUCK_SECONDS, Board, WorkerState

STARTING, SERVING, REFUSING, REPLACED = WorkerState


@pytest.mark.parametrize(
    ("states", "is_serving", "is_ready"),
    [
        ((STARTING, SERVING), False, False),
        ((SERVING, SERVING), True, True),
        ((SERVING, REFUSING), True, False),
        ((SERVING, REPLACED), True, True),
        ((REPLACED, REPLACED), False, False),
    ],
)
def test_a_package_is_ready_when_its_workers_are(
    states: tuple[WorkerState, WorkerState], *, is_serving: bool, is_ready: bool
) -> None:
    board = Board(2)
    assert not board.is_ready
    for worker, state in enumerate(states):
        board.note(worker, state)
    assert (board.is_serving, board.is_ready) == (is_serving, is_ready)
    board.stop()
    assert (board.is_serving, board.is_ready) == (False, False)


def test_processes_share_a_board() -> None:
    board = Board()
    child = os.fork()
    if not child:
        board.note(0, SERVING)
        os._exit(0)
    os.waitpid(child, 0)
    assert board.is_ready


def test_a_worker_that_stands_still_is_not_alive() -> None:
    times = iter((0.0, 0.0, STUCK_SECONDS - 1, STUCK_SECONDS))
    board = Board(2, clock=lambda: next(times))
    board.note(0, REPLACED)
    board.note(1, REFUSING)
    assert board.is_live
    assert not board.is_live
