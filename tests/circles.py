"""Circles of imports, which no module and no package may be in."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import pytest


def refuse_circles(graph: Mapping[str, set[str]]) -> None:
    """Fail if modules or packages import each other, directly or through others.

    Args:
        graph: The imported modules or packages of each importer.
    """
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))
