"""Publishing a plan: all of it or nothing, also when the run is killed."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk, journal, staging
from naftiko_gen.publish.journal import Exchange, Replacement
from naftiko_gen.publish.leftovers import leftovers
from naftiko_gen.publish.lock import locked
from naftiko_gen.publish.mounts import has_mounts
from naftiko_gen.publish.plan import Plan, compare
from naftiko_gen.publish.recovery import settle
from naftiko_gen.publish.refusal import Refusal
from naftiko_gen.publish.swap import put_in_place

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.emit.files import File


class Method(Enum):
    """How the package directory came to its new state."""

    NOTHING = auto()
    """It had the new state already; nothing was written."""
    EXCHANGE = auto()
    """It was replaced as a whole: no reader saw a mixture."""
    REPLACEMENT = auto()
    """File by file, since the directory can't be exchanged; say so to the user."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What was done: the plan as it was when its turn came, and the method."""

    plan: Plan
    method: Method


def recover(root: Path) -> None:
    """Complete what a killed run has left undone; to be called before planning.

    Raises:
        PublicationError: The disk failed.
    """
    with disk.disk_failures("write", root):
        if leftovers(root).own:
            with locked(root.parent):
                _settle_leftovers(root)


def publish(planned: Plan) -> Publication:
    """Carry out a plan, which is made anew when its turn comes.

    It waits for another generator at work on the same directory.

    Raises:
        PublicationError: The disk failed, or the plan has become impossible meanwhile;
            the package directory is in its old state, or in its new one if only tidying
            up failed, which the next run does.
        ValueError: The plan has edited files.
    """
    if planned.edited:
        raise ValueError(f"a plan with edited files: {planned.edited}")
    root = planned.root
    with disk.disk_failures("write", root):
        if not planned.changes and not leftovers(root).own:
            return Publication(planned, Method.NOTHING)
        _make_parent(root)
        with locked(root.parent):
            _settle_leftovers(root)
            current = _planned_anew(planned)
            return Publication(current, _carry_out(current))


def _make_parent(root: Path) -> None:
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def _settle_leftovers(root: Path) -> None:
    for leftover in leftovers(root).own:
        settle(leftover, root)


def _planned_anew(planned: Plan) -> Plan:
    root = planned.root
    match compare(root, planned.tree, planned.provenance, force=planned.force):
        case Refusal(message=message):
            raise disk.PublicationError(message)
        case current if current.edited:
            raise disk.PublicationError(f"'{root}' was edited meanwhile; run again")
        case current:
            return current


def _carry_out(current: Plan) -> Method:
    if not current.changes:
        return Method.NOTHING
    if not _is_fixed(current) and _exchange(current):
        return Method.EXCHANGE
    _replace(current)
    return Method.REPLACEMENT


def _is_fixed(current: Plan) -> bool:
    """Say whether the directory, or one of the user's in it, can't be moved."""
    root = current.root
    return disk.is_directory(root) and (
        has_mounts(root) or staging.has_fixed_directories(root, _paths(current))
    )


def _paths(current: Plan) -> tuple[str, ...]:
    return (*(file.path for file in current.emitted), *current.removed)


def _exchange(current: Plan) -> bool:
    """Replace the directory as a whole, or return False if it is fixed after all."""
    root = current.root
    prepared = staging.make_staging(root.parent, root)
    try:
        new = prepared / staging.NEW
        _stage_tree(current, new)
        if disk.is_directory(root):
            journal.write(prepared, Exchange(new.stat().st_ino, _paths(current)))
        placed = put_in_place(new, root, prepared / staging.OLD)
        disk.sync(root.parent)
        return placed
    finally:
        settle(prepared, root)


def _stage_tree(current: Plan, new: Path) -> None:
    root = current.root
    staged = staging.stage(_written(current), new, root)
    copied = staging.carry(_unchanged(current), new, root)
    if disk.is_directory(root):
        staging.link_foreign(root, new, _paths(current))
    disk.sync_tree(new, [*staged, *copied])


def _written(current: Plan) -> list[File]:
    return [file for file in current.emitted if file.path in current.written]


def _unchanged(current: Plan) -> list[File]:
    return [file for file in current.emitted if file.path in current.unchanged]


def _replace(current: Plan) -> None:
    root = current.root
    prepared = staging.make_staging(root, root)
    try:
        staged = staging.stage(_written(current), prepared / staging.NEW, root)
        disk.sync_tree(prepared, staged)
        journal.write(prepared, Replacement(current.removed))
    finally:
        settle(prepared, root)
