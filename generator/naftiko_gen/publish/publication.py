"""Carry out a plan: write its files one by one, and remove the others."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from naftiko_gen.publish import atomic, disk
from naftiko_gen.publish.foreign_modules import with_bytecode
from naftiko_gen.publish.plan import Plan, compare
from naftiko_gen.publish.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def publish(plan: Plan) -> Plan:
    """Carry out a plan, and return it as a last comparison with the disk made it.

    Each file appears whole, and the manifest last. So the next run of the same spec
    completes the work of one that was interrupted.

    Raises:
        PublicationError: The disk failed, or the plan has become impossible meanwhile.
        ValueError: The plan has edited files.
    """
    if plan.edited:
        raise ValueError(f"a plan with edited files: {plan.edited}")
    if not plan.changes:
        return plan
    with disk.disk_failures("write", plan.root):
        current = _plan_again(plan)
        _make_root(current)
        _remove_temporary_files(current)
        _remove_files(current)
        _write_files(current)
        return current


def _plan_again(plan: Plan) -> Plan:
    root = plan.root
    match compare(root, plan.tree, plan.sources, force=plan.force):
        case Refusal(message=message):
            raise disk.PublicationError(message)
        case current if current.edited:
            raise disk.PublicationError(f"'{root}' was edited meanwhile; run again")
        case current:
            return current


def _make_root(current: Plan) -> None:
    try:
        current.root.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    disk.make_directory(current.root)


def _remove_temporary_files(current: Plan) -> None:
    """Remove the temporary files that a killed run has left beside its files."""
    paths = [current.root / file.path for file in current.emitted]
    places = {(path.parent, path.name) for path in paths}
    for directory in {path.parent for path in paths if path.parent.is_dir()}:
        for entry in disk.entries(directory):
            target = atomic.target_name(entry.name)
            if target and (directory, target) in places:
                directory.joinpath(entry.name).unlink(missing_ok=True)


def _remove_files(current: Plan) -> None:
    for path in with_bytecode(current.root, current.removed):
        disk.remove(current.root, path)


def _write_files(current: Plan) -> None:
    """Write the new files, whose last one is the manifest."""
    for file in current.emitted:
        if file.path in current.written:
            disk.make_directories(current.root, file.path)
            _write(current.root / file.path, file.content)


def _write(path: Path, content: bytes) -> None:
    """Write a file, once more if a run at the same time removed the temporary one."""
    try:
        atomic.replace(path, content, mode=disk.FILE_MODE)
    except FileNotFoundError:
        atomic.replace(path, content, mode=disk.FILE_MODE)
