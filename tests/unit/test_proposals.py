"""Proposed features are refused by their names, where they stand."""

import pytest
from documents import document, errors, routes, tools, upstream

from naftiko_gen.language.validation import KEYS, TYPES

GET = "- {name: list, method: GET}\n"
CALL = "- {name: list, description: Lists., call: api.list}\n"
ROUTE = "- {name: list, method: GET, call: api.list}\n"


PLACES = ("upstream", "operation", "route", "tool")
TAKEN = {("pagination", "operation"), ("pagination", "tool")}
PROPOSALS = [(key, place) for key in KEYS for place in PLACES]


@pytest.mark.parametrize(("key", "place"), [p for p in PROPOSALS if p not in TAKEN])
def test_a_proposed_key_is_refused_at_its_place(key: str, place: str) -> None:
    item = f"{key}: {{type: cursor, limit: 3}}"
    parts = {
        "upstream": (upstream(GET, more=f"{item}\n"), tools(CALL)),
        "operation": (upstream(GET.replace("}", f", {item}}}")), tools(CALL)),
        "route": (upstream(GET), routes(ROUTE.replace("}", f", {item}}}"))),
        "tool": (upstream(GET), tools(CALL.replace("}", f", {item}}}"))),
    }
    (diagnostic,) = errors(document(*parts[place]))
    assert diagnostic[0] == "proposed-feature"
    assert diagnostic[1].startswith(f"{key}: {{type")


@pytest.mark.parametrize("kind", TYPES)
def test_a_proposed_upstream_is_refused_at_its_type(kind: str) -> None:
    consumed = f"- {{type: {kind}, namespace: api, address: x}}\n"
    (diagnostic,) = errors(document(consumed, tools(CALL)))
    assert diagnostic[0] == "proposed-feature"
    assert diagnostic[1].startswith(kind)
