"""nginx in front of replicas: round robin, without affinity."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from waiting import PATIENCE

CONFIGURATION = """\
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
  log_format replicas '$status $upstream_addr';
  access_log access.log replicas;
  client_body_temp_path bodies;
  proxy_temp_path answers;
  upstream replicas {
    SERVERS
    keepalive 32;
  }
  server {
    listen ADDRESS;
    location / {
      proxy_pass http://replicas;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }
  }
}
"""


@dataclass(frozen=True)
class Nginx:
    """A running nginx: its address, and the directory of its files."""

    address: str
    directory: Path

    @property
    def replicas(self) -> set[str]:
        """Return the addresses to which requests went."""
        log = (self.directory / "access.log").read_text("ascii")
        return set(re.findall(r"127\.0\.0\.1:\d+", log))


@contextmanager
def balancing(address: str, urls: Sequence[str], directory: Path) -> Iterator[Nginx]:
    """Let nginx pass requests to the servers of URLs until the end of the block."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    servers = (f"server {urlsplit(url).netloc} max_fails=0;" for url in urls)
    text = CONFIGURATION.replace("SERVERS", "\n    ".join(servers))
    configuration = directory / "nginx.conf"
    configuration.write_text(text.replace("ADDRESS", address), "ascii")
    place = ("-p", f"{directory}/", "-e", "error.log", "-c", str(configuration))
    with subprocess.Popen([program, *place]) as process:
        try:
            yield Nginx(address, directory)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def free_address() -> str:
    """Return an address of a port that no process uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
