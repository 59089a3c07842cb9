"""Remarks on a deployment: all that its user has to set, and that no rule can hold."""

from __future__ import annotations

from collections.abc import Iterator

from naftiko_gen.diagnostics.quoting import quote, safe
from naftiko_gen.tools.deploy.description import Deployment


def remarks(deployment: Deployment) -> Iterator[str]:
    """Yield the remarks, each a sentence without a full stop."""
    if deployment.secrets:
        keys = ", ".join(secret.variable for secret in deployment.secrets)
        yield f"make the Secret {deployment.name} with the keys {keys}"
    if deployment.optional_secrets:
        names = ", ".join(deployment.optional_secrets)
        yield f"other credentials are enough, so no manifest names {names}"
    if deployment.configured:
        names = ", ".join(deployment.configured)
        yield f"make the ConfigMap {deployment.name} with the keys {names}"
    if deployment.open_ports:
        adapters = ", ".join(port.namespace for port in deployment.open_ports)
        yield (
            f"the spec declares no authentication for {safe(adapters)}: only the"
            " network policy keeps clients out"
        )
    if deployment.is_control_guarded:
        yield (
            "the spec guards its control adapter: have Prometheus send the credential;"
            " probes need none"
        )
    yield from _remarks_on_hosts(deployment)


def _remarks_on_hosts(deployment: Deployment) -> Iterator[str]:
    for address in deployment.egress.unknown:
        yield (
            f"the host of {quote(address)} is set at run time: the network policy"
            " allows any public host on its port, the component cilium none"
        )
    for host in deployment.egress.inside:
        yield (
            f"{quote(str(host))} is in the cluster or its network: no rule can name it,"
            " so allow its pods by their labels"
        )
