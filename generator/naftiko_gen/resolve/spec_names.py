"""The names of a spec outside of its content, and the version of its language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpecNames:
    """The names of a spec that its package has.

    Attributes:
        slug: The name of the package.
        file: The shown name of the spec's file.
        language: The version of the language that the spec states, or "".
    """

    slug: str
    file: str
    language: str
