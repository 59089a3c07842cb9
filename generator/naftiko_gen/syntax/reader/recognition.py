"""Recognising specs and OpenAPI documents, whose lines messages may show.

Any other file may hold secrets, for instance if a link leads to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from naftiko_gen.syntax.tree import Mapping

_CAPABILITY = ("naftiko", "capability", "ikanos")
_OPENAPI = ("openapi", "swagger")
_GROUPS = ("naftiko.io/", "ikanos.io/")
"""API groups of Kubernetes whose resources are capabilities."""


def is_capability(content: bytes, root: Mapping | None) -> bool:
    """Return whether a file is a capability, or has a key of one at its root."""
    is_wrapped = root is not None and is_resource(root)
    return is_wrapped or _has_key(_CAPABILITY, content, root)


def is_resource(root: Mapping) -> bool:
    """Return whether a file is a Kubernetes resource that holds a capability."""
    group = root.text("apiVersion") or ""
    return group.startswith(_GROUPS) and root.text("kind") == "Capability"


def is_openapi(content: bytes, root: Mapping | None) -> bool:
    """Return whether a file has a key of an OpenAPI document at its root."""
    return _has_key(_OPENAPI, content, root)


def _has_key(keys: tuple[str, ...], content: bytes, root: Mapping | None) -> bool:
    """Look for keys at the root, or in the text of a file that can't be parsed."""
    if root is None:
        return _pattern(keys).search(content) is not None
    return any(key in root for key in keys)


def _pattern(keys: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return a pattern for one of the keys at the root, in a block or in braces."""
    names = "|".join(keys).encode()
    return re.compile(
        rb"(?:^(?:\xef\xbb\xbf)?|\A(?:\xef\xbb\xbf)?\s*\{\s*)"
        rb"([\"']?)(?:" + names + rb")\1[ ]*:",
        re.MULTILINE,
    )
