"""The server of the official SDK, for programs that embed a package into one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ..errors import StartError
from .offers import Offer

if TYPE_CHECKING:
    from .server import ToolServer

C = TypeVar("C")
P = ParamSpec("P")
NO_SDK = "create_server needs the official SDK of MCP: install the extra `sdk`"


def server_factory(create: Callable[P, Offer[C]]) -> Callable[P, "ToolServer[C]"]:
    """Return a function that builds the server of the official SDK for an offer.

    The SDK isn't a dependency of packages: their extra `sdk` is.
    """

    def create_server(*args: P.args, **options: P.kwargs) -> "ToolServer[C]":
        try:
            from .server import ToolServer
        except ModuleNotFoundError as error:
            if error.name and error.name.partition(".")[0] == "mcp":
                raise StartError(NO_SDK) from None
            raise
        return ToolServer(create(*args, **options))

    return create_server
