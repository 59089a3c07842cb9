"""Circles of imports, which no module and no package may be in."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping


def refuse_circles(graph: Mapping[str, set[str]]) -> None:
    """Fail if modules or packages import each other, directly or through others.

    Args:
        graph: The imported modules or packages of each importer.
    """
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
