"""Inputs of routes that stand in the JSON file of their module."""

from collections.abc import Callable

from ..bodies.schemas import Types, read_inputs
from ..tables import read_table
from .inputs import Input


class InputTable:
    """The inputs in the JSON file of a module by route; `kinds` are their classes."""

    def __init__(self, module: str, types: Types, *kinds: Callable[..., Input]) -> None:
        self._rows = read_table(module)
        self._types = types
        self._kinds = kinds

    def __getitem__(self, route: str) -> list[Input]:
        return read_inputs(self._rows[route], self._types, self._kinds)
