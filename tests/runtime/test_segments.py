"""Paths with several variables in a segment: as Starlette matches them, but in time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Match, compile_path

from case_tables import table
from naftiko_runtime.rest import Lookup, ServedPath
from naftiko_runtime.values import Segments

PATHS = table(__file__, "paths")


async def app(*_: Any) -> None:
    raise AssertionError("only the path is matched")


@pytest.mark.parametrize("path", PATHS)
@given(text=st.text("xy-./", max_size=12))
def test_variables_are_those_of_starlette(path: str, text: str) -> None:
    match = compile_path(path)[0].match(f"/{text}")
    own = Segments(path).match(f"/{text}")
    assert (own and own.groupdict()) == (match and match.groupdict())


@pytest.mark.parametrize("end", ["/x", "/{rest:path}"])
def test_a_long_segment_takes_no_time(end: str) -> None:
    path = ServedPath(f"/{{a}}-{{b}}-{{c}}{end}", app)
    scope = {"type": "http", "method": "GET", "path": f"/{'-' * 16_000}"}
    assert path.matches(scope)[0] is Match.NONE
    scope["path"] += "/x"
    kind, variables = path.matches(scope)
    assert (kind, variables["path_params"]["c"]) == (Match.FULL, "-")


def test_the_first_path_that_matches_is_taken() -> None:
    paths = [ServedPath(path, app) for path in ("/{a}-{b}", "/x-y", "/{a}")]
    lookup = Lookup(paths)
    for target, number, variables in (
        ("/x-y", 0, {"a": "x", "b": "y"}),
        ("/x", 2, {"a": "x"}),
    ):
        scope: dict[str, Any] = {"type": "http", "method": "GET", "path": target}
        assert lookup.find(scope) is paths[number].app
        assert scope["path_params"] == variables
