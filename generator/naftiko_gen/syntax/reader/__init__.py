"""The first stage: a file's bytes become a tree of nodes that know their places.

The language is a strict subset of YAML 1.2, so that what a reviewer sees is what the
compiler reads: UTF-8 text of one document, without anchors, tags and directives,
without characters that hide or reorder text, and with every key once.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from naftiko_gen.diagnostics.quoting import shown
from naftiko_gen.diagnostics.report import Code
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.syntax import files
from naftiko_gen.syntax.globs import is_glob
from naftiko_gen.syntax.misspelt_paths import question
from naftiko_gen.syntax.reader.characters import decode
from naftiko_gen.syntax.reader.composer import compose
from naftiko_gen.syntax.reader.limits import CAPABILITY, Limits
from naftiko_gen.syntax.reader.refusal import RefusedError
from naftiko_gen.syntax.reader.truncation import refuse_truncated
from naftiko_gen.syntax.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from pathlib import Path

    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.syntax.tree import Node

__all__ = ["load", "read"]


def read(path: Path, report: Report, limits: Limits = CAPABILITY) -> bytes | None:
    """Return the file's bytes, or None after reporting why it can't be read.

    They are at most one more than `load` accepts, which is how that one can tell.
    """
    try:
        return files.content(path, limits.size)
    except IsADirectoryError:
        message = "can't read the file: it is a directory"
        hint = f"for all specs in it, write {shown(f'{path}/*.yaml', limit=300)}"
        is_spec = limits is CAPABILITY
        report.add(Code.UNREADABLE_FILE, message, hint=hint if is_spec else None)
    except OSError as failure:
        message = f"can't read the file: {failure.strerror}"
        report.add(Code.UNREADABLE_FILE, message, hint=_question(path, failure))
    except ValueError:
        # A path with a NUL, or one that the file system's encoding can't express.
        report.add(Code.UNREADABLE_FILE, "can't read the file: its path is impossible")
    return None


def _question(path: Path, failure: OSError) -> str | None:
    """Return the question whether another path was meant, if nothing is at this one."""
    if failure.errno not in (errno.ENOENT, errno.ENOTDIR):
        return None
    if Code.of(str(path)):
        return f"for the meaning of a code, write naftiko-gen --explain {path}"
    unmatched = "no file matches this pattern; name the files that are there"
    return question(path) or (unmatched if is_glob(str(path)) else None)


def load(content: bytes, report: Report, limits: Limits = CAPABILITY) -> Mapping | None:
    """Return the document's root, or None after reporting why there is none."""
    try:
        root = _root(content, report, limits)
    except RefusedError as refused:
        report.add(refused.code, refused.message, refused.span, refused.hint)
        return None
    return None if report.has_errors else root


def _root(content: bytes, report: Report, limits: Limits) -> Mapping:
    if len(content) > limits.size:
        raise RefusedError(Code.FILE_TOO_LARGE, limits.too_large, Span(1, 1))
    refuse_truncated(content)
    return _mapping(compose(decode(content), report, limits))


def _mapping(root: Node) -> Mapping:
    match root:
        case Mapping():
            return root
        case Sequence():
            kind = "a list"
        case Scalar():
            kind = "a single value"
    raise RefusedError(
        Code.NOT_A_MAPPING,
        f"the document is {kind}, not a mapping",
        root.span,
        "a capability document starts with keys such as 'naftiko:' and 'capability:'",
    )
