"""The table of diagnostic codes: slug, severity, what it means and what to do about it.

`docs/diagnostics.md` shows this table; `naftiko-gen --explain CODE` prints a row of it.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Code(Enum):
    """A kind of finding. Slugs are stable: scripts and configurations name them."""

    # Reading the file
    UNREADABLE_FILE = (
        "unreadable-file",
        Severity.ERROR,
        "The file can't be opened, or is larger than 4 MiB.",
        "Check the path and the permissions; split a document that large.",
    )

    def __init__(
        self, slug: str, severity: Severity, meaning: str, remedy: str
    ) -> None:
        self.slug = slug
        self.severity = severity
        self.meaning = meaning
        self.remedy = remedy

    @classmethod
    def of(cls, slug: str) -> Code | None:
        """Return the code with that slug, or None."""
        return next((code for code in cls if code.slug == slug), None)
