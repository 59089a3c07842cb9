"""Texts that try to become something else where they are pasted."""

from case_tables import table

CANARY = "canary"
"""The file that a text would make if it were ever executed."""

_RUN = f"__import__('pathlib').Path('{CANARY}').touch()"

GROUPS: dict[str, list[str]] = table(__file__, "texts")
TEXTS = tuple(
    text.replace("$RUN$", _RUN) for texts in GROUPS.values() for text in texts
)
FIELDS: list[str] = table(__file__, "fields")
VALUES: list[str] = table(__file__, "values")
PATHS: list[str] = table(__file__, "paths")
BLANK = ("", " ", "\n", "\t\n \n", "\u00a0", "\u3000", "\n" * 3_000)
LONG = (
    "x" * 30_000,
    "word " * 6_000,
    '"' * 30_000,
    "\\" * 30_000,
    "line\n" * 3_000,
    "é" * 30_000,
    "🚀" * 30_000,
    "{" * 30_000,
    "`" * 30_000,
)
