"""nginx, as the upstream and as the proxy that is a reference."""

from pathlib import Path
from string import Template

from .process import LOAD_CORE, SERVER_CORE, Command

SERVERS = Path(__file__).with_name("servers")


def upstream(directory: Path, port: int) -> Command:
    """Return how the files of a directory are served, beside the load."""
    server = _filled("upstream.conf", directory=directory, port=port)
    return _command(directory, server, LOAD_CORE)


def proxy(directory: Path, port: int, upstream_port: int) -> Command:
    """Return how a proxy is started that hands everything to the upstream."""
    target = f"127.0.0.1:{upstream_port}"
    server = _filled("proxy.conf", port=port, upstream=target)
    return _command(directory, server, SERVER_CORE)


def _command(directory: Path, server: str, core: int) -> Command:
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _filled("nginx.conf", directory=directory, server=server), encoding="utf-8"
    )
    return Command(("nginx", "-c", configuration), {}, directory, core)


def _filled(name: str, **values: object) -> str:
    template = Template((SERVERS / name).read_text(encoding="utf-8"))
    return template.substitute(values)
