"""Requests of flows, which make several calls."""

from collections.abc import Mapping

from .expected import Expected, HeaderValue
from .mock import MockUpstream
from .sent import Sent


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, HeaderValue] | None = None,
    body: bytes | None = None,
    json: object = None,
) -> Expected:
    """Return an expected request, as `MockUpstream.assert_received` describes it."""
    return Expected(method, url, headers or {}, body, json)


def assert_received_all(upstream: MockUpstream, *expected: Expected) -> None:
    """Assert that an upstream has received exactly these requests, in any order.

    The message of the AssertionError shows the differences of the first one that is
    missing.
    """
    __tracebackhide__ = True
    requests = list(upstream.requests)
    for one in expected:
        same = next((sent for sent in requests if not one.difference(sent)), None)
        if same is None:
            message = "a request is missing (- expected, + received)"
            raise AssertionError(f"{message}:\n{_differences(one, requests)}")
        requests.remove(same)
    if requests:
        others = "".join(f"\n{sent.method} {sent.url}" for sent in requests)
        raise AssertionError(f"{len(requests)} more requests{others}")


def _differences(expected: Expected, requests: list[Sent]) -> str:
    """Return the differences of a request from the one that is most alike."""
    differences = [expected.difference(sent) for sent in requests]
    return min(differences, key=len, default=f"{expected.method} {expected.url}")
