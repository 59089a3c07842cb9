"""The search surface: tools that find, describe and call the others."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeVar

from ..errors import InvalidInputError
from ..transport import Reply
from ..values import JsonObject
from .dispatching import DispatchingToolset, json_reply, refuse_others, value_of
from .ranking import rank
from .tools import Handler

C = TypeVar("C")
MOST_FOUND = 10


class SearchToolset(DispatchingToolset[C]):
    """Tools that are found by words, and called by a dispatcher for each effect."""

    @property
    def _helpers(self) -> Iterator[JsonObject]:
        yield self._surface["search"]
        yield from super()._helpers

    @property
    def handlers(self) -> Mapping[str, Handler[C]]:
        """Return the handlers of calls by name."""
        search: Handler[C] = self._search
        return {self._surface["search"]["name"]: search, **super().handlers}

    async def _search(self, _: C, arguments: JsonObject) -> Reply:
        refuse_others(arguments, "query", "limit")
        query = arguments.get("query")
        if not isinstance(query, str) or not query.strip():
            raise InvalidInputError("query", "must be a text of some words")
        found = islice(self._found(query), _limit(arguments.get("limit")))
        return json_reply({"tools": list(found)})

    def _found(self, query: str) -> Iterator[JsonObject]:
        """Yield the tools that have words of a query, the best first."""
        summaries = list(self._surface["summaries"].items())
        for number in rank(self._surface["index"], query):
            name, summary = summaries[number]
            if name in self.tools:
                owner = self._owners[name]
                yield {
                    "name": name,
                    "summary": summary,
                    "kind": owner.effect,
                    "call_with": owner.name,
                }


def _limit(argument: object) -> int:
    value = value_of(argument)
    if value is None or value == "":
        return MOST_FOUND
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInputError("limit", "must be a whole number from 1")
    return min(value, MOST_FOUND)
