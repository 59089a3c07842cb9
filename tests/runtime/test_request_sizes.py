"""Short inputs whose names are repeated: no request becomes larger than its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from naftiko_runtime.errors import CallError
from naftiko_runtime.forms import (
    FieldMember,
    deep_parts,
    field_parts,
    file_parts,
    form_body,
    multipart_body,
    multipart_object,
    object_form,
)
from naftiko_runtime.upstream.requests import RequestHeaders, query_text, target_text
from naftiko_runtime.values import BODY_LIMIT, HEAD_LIMIT, Deep

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "n" * 30_000
ITEMS = [1] * 15_000
SHORT = {NAME: ITEMS}
EMPTY: dict[str, list[object]] = {NAME: [{}] * 15_000}
"""No field is sent of these, and yet a name is built for each."""
BODIES: dict[str, Callable[[], object]] = {
    "form": lambda: form_body(SHORT),
    "deep form": lambda: form_body({"a": Deep(SHORT)}),
    "deep form of nothing": lambda: form_body({"a": Deep(EMPTY)}),
    "many deep fields": lambda: form_body(
        {f"a{n}": Deep({NAME: [1] * 100}) for n in range(20)}
    ),
    "object": lambda: object_form(SHORT),
    "deep object": lambda: object_form({"a": SHORT}, styles={"a": "deep"}),
    "exploded object": lambda: object_form({"a": SHORT}, styles={"a": "members"}),
    "multipart": lambda: multipart_body(field_parts("a", ITEMS, NAME)),
    "deep multipart": lambda: multipart_body(deep_parts("a", SHORT)),
    "multipart file": lambda: multipart_body(file_parts("a", ITEMS, NAME, "a/b")),
    "multipart headers": lambda: multipart_body(
        field_parts("a", ITEMS, headers=[("X-A", NAME)])
    ),
    "multipart object": lambda: multipart_object(SHORT),
    "deep multipart object": lambda: multipart_object(
        {"a": SHORT}, {"a": FieldMember(style="deep")}
    ),
}
HEADS: dict[str, Callable[[], object]] = {
    "query": lambda: query_text([("name", ITEMS)]),
    "deep query": lambda: query_text([("a", Deep(SHORT))]),
    "deep query of nothing": lambda: query_text([("a", Deep(EMPTY))]),
    "path": lambda: target_text("/" + "a" * HEAD_LIMIT, ""),
    "headers": lambda: RequestHeaders("test").extended([("X-Name", ITEMS)], None),
}


@pytest.mark.parametrize("build", BODIES.values(), ids=BODIES)
def test_a_body_is_refused_while_it_is_built(build: Callable[[], object]) -> None:
    with pytest.raises(CallError, match="16 MiB") as refusal:
        build()
    assert refusal.value.status == 413


@pytest.mark.parametrize("build", HEADS.values(), ids=HEADS)
def test_a_head_is_refused_while_it_is_built(build: Callable[[], object]) -> None:
    with pytest.raises(CallError, match="64 KiB") as refusal:
        build()
    assert refusal.value.status == 400


def test_requests_up_to_the_limits_are_built() -> None:
    value = "v" * (BODY_LIMIT - len("a="))
    query = "?a=" + "v" * (HEAD_LIMIT - len("a="))

    assert form_body({"a": value}) is not None
    assert query_text([("a", query[3:])]) == query
