"""Whether a package can't be had because nobody reaches its registry."""

import re

import pytest

_UNREACHABLE = frozenset(
    {
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "ENOTFOUND",
        "ERR_SOCKET_TIMEOUT",
        "ETIMEDOUT",
    }
)
# pip says nothing else about a registry that it can't reach.
_NO_VERSIONS = "(from versions: none)"


def skip_if_unreachable(log: str) -> None:
    """Skip the test if npm or pip can't reach a registry: all else is a failure."""
    codes = set(re.findall(r"^npm error code (\w+)$", log, re.MULTILINE))
    if codes & _UNREACHABLE:
        pytest.skip(f"npm can't reach its registry: {', '.join(sorted(codes))}")
    if _NO_VERSIONS in log:
        pytest.skip("pip can't reach its registry")
