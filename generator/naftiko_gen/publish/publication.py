"""Publish a plan atomically, even if the run is killed."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from naftiko_gen.publish import disk, journal, staging
from naftiko_gen.publish.bytecode import with_bytecode
from naftiko_gen.publish.interrupts import deferred_interrupts
from naftiko_gen.publish.journal import Exchange, Replacement
from naftiko_gen.publish.leftovers import leftovers
from naftiko_gen.publish.lock import hold_lock
from naftiko_gen.publish.mounts import has_mounts
from naftiko_gen.publish.plan import Plan, compare
from naftiko_gen.publish.recovery import finish
from naftiko_gen.publish.refusal import Refusal
from naftiko_gen.publish.swap import put_in_place

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.emit.files import File


class Method(Enum):
    """How the package directory was updated."""

    NOTHING = auto()
    """It was up to date; nothing was written."""
    EXCHANGE = auto()
    """It was replaced as a whole, so that no reader saw a mixture."""
    REPLACEMENT = auto()
    """Its files were replaced one by one; the user gets a warning."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A completed publication: the plan that was carried out, and the method."""

    plan: Plan
    method: Method


def recover(root: Path) -> None:
    """Complete or undo the publication of a killed run. Call this before planning.

    Raises:
        PublicationError: The disk failed.
    """
    with disk.disk_failures("write", root):
        if leftovers(root).own:
            with hold_lock(root.parent), deferred_interrupts():
                _finish_leftovers(root)


def publish(plan: Plan) -> Publication:
    """Carry out a plan, after waiting for the lock and comparing the files again.

    An interrupt waits until the plan is carried out, so that it leaves nothing behind.

    Raises:
        PublicationError: The disk failed, or the plan has become impossible meanwhile.
            The package directory is in its old state; or in its new one if only the
            clean-up failed, which the next run repeats.
        ValueError: The plan has edited files.
    """
    if plan.edited:
        raise ValueError(f"a plan with edited files: {plan.edited}")
    root = plan.root
    with disk.disk_failures("write", root):
        if not plan.changes and not leftovers(root).own:
            return Publication(plan, Method.NOTHING)
        _make_parent(root)
        with hold_lock(root.parent), deferred_interrupts():
            _finish_leftovers(root)
            current = _plan_again(plan)
            return Publication(current, _carry_out(current))


def _make_parent(root: Path) -> None:
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def _finish_leftovers(root: Path) -> None:
    for leftover in leftovers(root).own:
        finish(leftover, root)


def _plan_again(plan: Plan) -> Plan:
    root = plan.root
    match compare(root, plan.tree, plan.sources, force=plan.force):
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
    """Return whether the directory, or a user's directory in it, can't be moved."""
    root = current.root
    return disk.is_directory(root) and (
        has_mounts(root) or staging.has_fixed_directories(root, _paths(current))
    )


def _paths(current: Plan) -> tuple[str, ...]:
    return (*(file.path for file in current.emitted), *_removals(current))


def _removals(current: Plan) -> tuple[str, ...]:
    return with_bytecode(current.root, current.removed)


def _exchange(current: Plan) -> bool:
    """Replace the directory as a whole; return False if it can't be moved after all."""
    root = current.root
    directory = staging.make_staging(root.parent, root)
    try:
        new = directory / staging.NEW
        _stage_tree(current, new)
        if disk.is_directory(root):
            journal.write(directory, Exchange(new.stat().st_ino, _paths(current)))
        is_replaced = put_in_place(new, root, directory / staging.OLD)
        disk.sync(root.parent)
        return is_replaced
    finally:
        finish(directory, root)


def _stage_tree(current: Plan, new: Path) -> None:
    root = current.root
    staged_files = staging.stage(_written_files(current), new, root)
    copied_files = staging.carry_over(_unchanged_files(current), new, root)
    if disk.is_directory(root):
        staging.link_user_files(root, new, _paths(current))
    disk.sync_tree(new, [*staged_files, *copied_files])


def _written_files(current: Plan) -> list[File]:
    return [file for file in current.emitted if file.path in current.written]


def _unchanged_files(current: Plan) -> list[File]:
    return [file for file in current.emitted if file.path in current.unchanged]


def _replace(current: Plan) -> None:
    root = current.root
    directory = staging.make_staging(root, root)
    try:
        staged_files = staging.stage(
            _written_files(current), directory / staging.NEW, root
        )
        disk.sync_tree(directory, staged_files)
        journal.write(directory, Replacement(_removals(current)))
    finally:
        finish(directory, root)
