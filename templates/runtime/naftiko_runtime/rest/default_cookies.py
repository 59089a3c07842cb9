"""Cookies that have a value if a client leaves them out."""

import copy
from dataclasses import dataclass, field
from typing import Any

from .cookies import Cookie
from .request import Request


@dataclass(frozen=True)
class DefaultCookie(Cookie):
    """An optional cookie that is `default` if it is absent."""

    default: Any = field(kw_only=True)

    def read(self, request: Request) -> Any:
        """Return the value of the only cookie with the name."""
        value = super().read(request)
        return copy.deepcopy(self.default) if value is None else value
