"""Calls of consumed operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.ir.operations import Operation
    from naftiko_gen.ir.parameters import Parameter
    from naftiko_gen.ir.templates import Template

__all__ = ["Call"]


@dataclass(frozen=True)
class Call:
    """An operation and the arguments of its parameters; other parameters are absent."""

    operation: Operation
    arguments: tuple[tuple[Parameter, Template], ...]
