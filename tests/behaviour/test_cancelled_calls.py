"""Calls of an upstream that are cancelled leave nothing behind, whenever it happens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from certificates import Certificates
from waiting import PATIENCE

CALLS = int(os.environ.get("NAFTIKO_CANCELLED_CALLS", "500"))
SCRIPT = Path(__file__).with_name("cancelling_client.py")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cancelled_calls_leave_nothing_behind(tmp_path: Path, scheme: str) -> None:
    certificates = Certificates(tmp_path)
    certificates.open_context()
    arguments = [str(certificates.server)] if scheme == "https" else []
    trusted = {"SSL_CERT_FILE": str(certificates.authority)}

    # It waits until nothing is open: an exchange or a socket that is left ends it.
    client = subprocess.run(
        [sys.executable, SCRIPT, str(CALLS), *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **trusted, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=PATIENCE * 10,
        check=False,
    )

    assert client.returncode == 0, client.stderr
    observed = json.loads(client.stdout)
    assert observed["held"] == 50
    assert observed["cancelled"] + observed["refused"] == 90
    assert observed["cancelled"] > 0
    assert observed["sent beyond"] == 0
    assert observed["wrong"] == 0
    assert observed["idle"] <= 50
    assert CALLS / 10 <= observed["answered"] < CALLS / 2
    assert observed["seen"] > CALLS / 2
