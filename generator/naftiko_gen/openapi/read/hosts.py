"""Check the hosts of an API for services that hand out a machine's credentials."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from naftiko_gen.resolve.addresses import check_host

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.report import Report
    from naftiko_gen.openapi.read.api import Api


def check_hosts(api: Api, report: Report) -> None:
    """Warn about addresses of an API that may hand out the machine's credentials."""
    own = (operation.servers for operation in api.operations)
    for server in dict.fromkeys(chain(api.servers, *own)):
        check_host(server.usual_url, server.span, report)
    for scheme in api.schemes.values():
        check_host(scheme.token_url, scheme.span, report)
