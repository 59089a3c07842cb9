"""Inputs of routes that have a value if a client leaves them out."""

import copy
from dataclasses import dataclass, field
from typing import Any

from .inputs import Header, Member, Query
from .request import Request


@dataclass(frozen=True)
class DefaultQuery(Query):
    """An optional query parameter that is `default` if it is absent."""

    default: Any = field(kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value, or a list of the values of all parameters of the name."""
        return _present(super().read(request), self.default)


@dataclass(frozen=True)
class DefaultHeader(Header):
    """An optional header field that is `default` if it is absent."""

    default: Any = field(kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value of the first field with the name."""
        return _present(super().read(request), self.default)


@dataclass(frozen=True)
class DefaultMember(Member):
    """An optional member of a JSON object that is `default` if it is absent or null."""

    default: Any = field(kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value."""
        return _present(super().read(request), self.default)


def _present(value: Any, default: Any) -> Any:
    return copy.deepcopy(default) if value is None else value
