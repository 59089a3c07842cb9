"""Hosts that an API is said to be at, and that hand out credentials of a machine."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.resolve.hosts import check_host

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.openapi.read.api import Api


def check_hosts(api: Api, report: Report) -> None:
    """Warn of addresses of an API that may hand out credentials of the machine."""
    own = (operation.servers for operation in api.operations)
    for server in dict.fromkeys(chain(api.servers, *own)):
        check_host(server.usual_url, server.span, report)
    for scheme in api.schemes.values():
        check_host(scheme.token_url, scheme.span, report)
