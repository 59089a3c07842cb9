"""The authentication of an adapter's clients."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from urllib.parse import quote

from starlette.types import ASGIApp

from ..http.guards import WaitingGuard
from ..settings import Environment
from .texts import Text, in_shell, joined


class Authentication(ABC):
    """The authentication of an adapter's clients, as a spec declares it.

    It knows the names of environment variables; its guard knows their values.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def variables(self) -> tuple[str, ...]:
        """Return the variables that have to be set."""

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {}

    def lacks_variable(self, env: Environment = os.environ) -> bool:
        """Return whether some variable isn't set."""
        return not all(map(env.get, self.variables))

    def is_required(self, _: Environment = os.environ) -> bool:
        """Return whether clients have to authenticate."""
        return True

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the headers with which clients authenticate, if they are enough."""
        return {}

    @property
    def query(self) -> Mapping[str, Text]:
        """Return the query parameters with which clients authenticate."""
        return {}

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the options by which curl authenticates, quoted for a shell."""
        headers = (
            ("-H", in_shell(joined(f"{name}: ", text)))
            for name, text in self.headers.items()
        )
        query = (
            ("--url-query", in_shell(joined(f"{quote(name, safe='')}=", text)))
            for name, text in self.query.items()
        )
        return tuple(chain.from_iterable((*headers, *query)))

    @abstractmethod
    def guard(self, realm: str, env: Environment = os.environ) -> WaitingGuard | None:
        """Return the guard of requests, or None if every client is allowed.

        Raises SettingsError for missing or malformed variables.
        """

    def with_open_pages(self, app: ASGIApp, _: Environment = os.environ) -> ASGIApp:
        """Return the application with the pages that the guard opens to any client.

        Raises SettingsError for missing or malformed variables.
        """
        return app


@dataclass(frozen=True, slots=True)
class NoAuthentication(Authentication):
    """Every client is allowed, or the host application authenticates clients."""

    @property
    def variables(self) -> tuple[str, ...]:
        """Return no variable."""
        return ()

    def is_required(self, _: Environment = os.environ) -> bool:
        """Return False."""
        return False

    def guard(self, _: str, __: Environment = os.environ) -> None:
        """Return None."""


def realm_of(prefix: str) -> str:
    """Return the name of an adapter in challenges, made of its variables' prefix."""
    return prefix.lower().replace("_", "-")
