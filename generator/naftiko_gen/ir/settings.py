"""Settings: the environment variables that a package reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """An environment variable that must be set at the start."""

    name: str
    secret: bool
    description: str | None = None
