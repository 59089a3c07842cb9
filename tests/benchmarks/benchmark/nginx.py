"""nginx, as the upstream and as the proxy that is a reference."""

import subprocess
from pathlib import Path
from string import Template

from .process import LOAD_CORE, SERVER_CORE, Command

SERVERS = Path(__file__).with_name("servers")


def upstream(directory: Path, port: int, secure_port: int) -> Command:
    """Return how the files of a directory are served, beside the load.

    The second port has TLS, with the certificate that `certify` makes.
    """
    server = _fill(
        "upstream.conf", directory=directory, port=port, secure_port=secure_port
    )
    return _command(directory, server, LOAD_CORE)


def certify(directory: Path) -> Path:
    """Make the upstream's certificate, which clients trust by its own file."""
    certificate = directory / "certificate.pem"
    command: list[str | Path] = [
        *(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-noenc",
            "-subj",
            "/CN=upstream",
        ),
        *(
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ),
        *("-keyout", directory / "key.pem", "-out", certificate),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return certificate


def proxy(directory: Path, port: int, upstream: str) -> Command:
    """Return how a proxy is started that hands everything to the upstream."""
    server = _fill("proxy.conf", port=port, upstream=upstream.rpartition("/")[2])
    return _command(directory, server, SERVER_CORE)


def _command(directory: Path, server: str, core: int) -> Command:
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _fill("nginx.conf", directory=directory, server=server), encoding="utf-8"
    )
    return Command(("nginx", "-c", configuration), {}, directory, core)


def _fill(name: str, **values: object) -> str:
    template = Template((SERVERS / name).read_text(encoding="utf-8"))
    return template.substitute(values)
