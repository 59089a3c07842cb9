"""Clients whose credential may stand in a file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from ..bound_files import BoundFile, read_with_files
from ..http.guards import WaitingGuard
from ..settings import Environment
from .authentication import Authentication
from .texts import Text


@dataclass(frozen=True, slots=True, init=False)
class FileAuthentication(Authentication):
    """An authentication whose variables may stand in files."""

    declared: Authentication
    files: tuple[BoundFile, ...]

    def __init__(self, declared: Authentication, *files: BoundFile) -> None:
        object.__setattr__(self, "declared", declared)
        object.__setattr__(self, "files", files)

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the variables that have to be set, or to stand in a file."""
        return self.declared.variables

    @property
    def file_variables(self) -> Mapping[str, str]:
        """Return the variables that name files of values, with their default paths."""
        return {file.variable: file.path for file in self.files}

    @property
    def headers(self) -> Mapping[str, Text]:
        """Return the headers with which clients authenticate, if they are enough."""
        return self.declared.headers

    @property
    def query(self) -> Mapping[str, Text]:
        """Return the query parameters with which clients authenticate."""
        return self.declared.query

    @property
    def curl_options(self) -> tuple[str, ...]:
        """Return the options by which curl authenticates, quoted for a shell."""
        return self.declared.curl_options

    def lacks_variable(self, env: Environment = os.environ) -> bool:
        """Return whether neither the environment nor a file has some variable.

        Raises SettingsError for an unusable file.
        """
        return read_with_files(self.files, env, self.declared.lacks_variable)

    def guard(self, realm: str, env: Environment = os.environ) -> WaitingGuard | None:
        """Return the guard; raises SettingsError for a faulty variable or file."""

        def read(filled: Mapping[str, str]) -> WaitingGuard | None:
            return self.declared.guard(realm, filled)

        return read_with_files(self.files, env, read)

    def with_open_pages(self, app: ASGIApp, env: Environment = os.environ) -> ASGIApp:
        """Return the application with the pages that the guard opens to any client.

        Raises SettingsError for a faulty variable or file.
        """

        def read(filled: Mapping[str, str]) -> ASGIApp:
            return self.declared.with_open_pages(app, filled)

        return read_with_files(self.files, env, read)
