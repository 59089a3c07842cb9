"""Whether an imported file may be an OpenAPI document, and the calls that name it.

Few specs import such documents, and their reader takes as long to import as the rest of
the front end needs for a spec; this module imports nothing of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from naftiko_gen.syntax.files import LARGEST
from naftiko_gen.syntax.tree import Entry, Scalar, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from naftiko_gen.syntax.tree import Node

NAMES = ("import", "namespace", "openapi")
"""Keys of an import that name the API; the first one counts."""
_VERSION_KEY = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?P<quote>[\"']?)(?:openapi|swagger)(?P=quote)[ ]*:",
    re.MULTILINE,
)
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_LONGEST_NAME = 256
"""Of operations. Each dot of a call may be the one in front of its name."""


def may_be_openapi(content: bytes) -> bool:
    """Return whether a file is JSON, or has a key of an OpenAPI document."""
    # A larger file may have been cut, and is refused by its size.
    is_whole = len(content) <= LARGEST
    return is_whole and (is_json(content) or _VERSION_KEY.search(content) is not None)


def is_json(content: bytes) -> bool:
    """Return whether a file begins as an object of JSON does."""
    return _JSON.match(content) is not None


def called_names(tree: Node) -> Iterator[str]:
    """Yield the names by which a spec may call operations of a namespace."""
    for part in walk(tree):
        match part:
            case Entry(key="call", value=Scalar(value=call)):
                yield from _possible_names(str(call))
            case _:
                pass


def _possible_names(call: str) -> Iterator[str]:
    """Yield the text after each dot, as namespaces and names may have dots, too."""
    end = call[-_LONGEST_NAME - 1 :]
    for dot in re.finditer(r"\.", end):
        yield end[dot.end() :]
