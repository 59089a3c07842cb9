"""Patterns in OpenAPI documents match exactly the accepted values, in RE2's syntax."""

import re
from collections.abc import Iterator

import pytest
import re2
from capabilities import CAPABILITIES
from hypothesis import given, settings
from hypothesis import strategies as st

from naftiko_gen.emit.code.names import Names
from naftiko_gen.emit.openapi.inputs import SEGMENT
from naftiko_gen.emit.openapi.openapi import openapi_document
from naftiko_runtime.errors import InvalidInputError
from naftiko_runtime.upstream.requests import segment

PIECES = (
    "%",
    *"0123579eEfFbBcCaAdDg.;/\\\n\x00\x1f\x7fé",
    "%2e",
    "%2F",
    "%5c",
    "%3B",
    "..",
    "%0A",
    "%0d",
    "%00",
    "%1F",
)


def patterns(document: object) -> Iterator[str]:
    """Yield the patterns of a document's schemas."""
    match document:
        case {"pattern": str(pattern)}:
            yield pattern
        case dict():
            for value in document.values():
                yield from patterns(value)
        case list():
            for value in document:
                yield from patterns(value)
        case _:
            pass


@pytest.mark.parametrize("slug", CAPABILITIES)
def test_patterns_of_capabilities_are_those_of_re2(slug: str) -> None:
    capability = CAPABILITIES[slug]
    for adapter in capability.rest:
        for pattern in patterns(openapi_document(adapter, Names(capability))):
            re2.compile(pattern)


def accepts(text: str) -> bool:
    """Return whether a package accepts a path segment."""
    try:
        segment("name", text)
    except InvalidInputError:
        return False
    return True


def test_the_pattern_of_segments_matches_those_that_packages_accept() -> None:
    of_python, of_re2 = re.compile(SEGMENT), re2.compile(SEGMENT)

    @settings(max_examples=2000)
    @given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
    def agrees(text: str) -> None:
        expected = accepts(text)
        assert (of_python.fullmatch(text) is not None) == expected
        assert (of_re2.fullmatch(text) is not None) == expected

    agrees()
