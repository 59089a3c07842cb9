"""Tools whose responses pass unchanged, and are their structured output as well."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from ..json import JsonObject
from ..outputs.answers import structured
from ..outputs.response_types import accepts
from ..reply import Reply
from .tools import Tool

C = TypeVar("C")


@dataclass(frozen=True)
class AnsweringTool(Tool[C]):
    """A tool whose output is the response of an upstream.

    A response that breaks the schema `output`, or is no object, is the member `result`
    of the structured output, because clients refuse an output that breaks its schema.
    """

    @cached_property
    def _accepts(self) -> Callable[[Any], bool]:
        return accepts(self.output or {})

    async def call(self, client: C, arguments: JsonObject) -> Reply:
        """Perform the operation, and add the structured output to its reply."""
        return structured(await super().call(client, arguments), self._accepts)
