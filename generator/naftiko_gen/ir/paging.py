"""Lists in the answers of tools, and how an API splits them into pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from naftiko_gen.ir.types import Type

__all__ = ["ItemList", "MemberPath", "Paging", "PagingKind", "join_names"]

MemberPath = tuple[str, ...]
"""The names that lead to a member of a response; without one, the response itself."""


def join_names(path: Iterable[str]) -> str:
    """Return a path as a text; a backslash stands before a dot inside of a name."""
    return ".".join(re.sub(r"([.\\])", r"\\\1", name) for name in path)


class PagingKind(StrEnum):
    """A way to ask for the next page, with the name of its class in the runtime."""

    OFFSET = "Offset"
    PAGE = "PageNumber"
    CURSOR = "Cursor"
    LAST_ITEM = "LastItem"
    NEXT_URL = "NextUrl"
    LINK = "NextLink"


@dataclass(frozen=True)
class Paging:
    """The paging of an operation, in terms of a tool's arguments and of the response.

    Attributes:
        argument: The argument that asks for another page.
        size: The argument that limits the items of a page.
        next: The path of the cursor, the URL or the number of the next page.
        total: The path of the number of all items.
        pages: The path of the number of pages.
        more: The path of the flag whether there are more items.
        key: The path of the key in the last item.
        first: The number of the first page or item.
        usual_size: The number of items without the argument, if the API says it.
        least_size: The least value of the argument.
        most_size: Its greatest value, where the API doesn't say the usual number.
        query: The parameters of the query, which a URL may have.
        named: Those whose arguments have other names, with these.
        rivals: Arguments of another paging, which can't be sent beside this one.
        inside: The arguments that are members of a body: the name of the input, and the
            names that lead to the member. Such an argument is called by this path.
    """

    kind: PagingKind
    argument: str | None = None
    size: str | None = None
    next: MemberPath | None = None
    total: MemberPath | None = None
    pages: MemberPath | None = None
    more: MemberPath | None = None
    key: MemberPath | None = None
    first: int | None = None
    usual_size: int | None = None
    least_size: int | None = None
    most_size: int | None = None
    query: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    rivals: tuple[str, ...] = ()
    inside: tuple[MemberPath, ...] = ()


@dataclass(frozen=True)
class ItemList:
    """The list in the answers of a tool that reads.

    Attributes:
        path: Where it is in the tool's answer; without a name, the answer itself, or an
            object with several lists of which none is the one.
        paging: How the API splits it into pages, if that is known.
        members: The members of the answer that the argument `fields` can select; None
            if the tool hasn't this argument.
        replaces_next: Whether the API's own member `next` says how to read on.
        skip: The argument that leaves out leading items of the list, by which a cut
            answer goes on; None if the tool hasn't this argument.
        call: The number of the call that gets the list, in the order in which the
            steps of the tool begin; None for the last one.
    """

    path: MemberPath
    paging: Paging | None = None
    members: Type | None = None
    replaces_next: bool = False
    skip: str | None = None
    call: int | None = None
