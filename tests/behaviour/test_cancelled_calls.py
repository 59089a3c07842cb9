"""Calls of an upstream that are cancelled leave nothing behind, whenever it happens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from certificates import Certificates
from waiting import PATIENCE

pytestmark = pytest.mark.long

CALLS = int(os.environ.get("NAFTIKO_CANCELLED_CALLS", "500"))
SCRIPT = Path(__file__).with_name("cancelling_client.py")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cancelled_calls_leave_nothing_behind(tmp_path: Path, scheme: str) -> None:
    certificates = Certificates(tmp_path)
    certificates.open_context()
    arguments = [str(certificates.server)] if scheme == "https" else []
    variables = {"SSL_CERT_FILE": str(certificates.authority)}

    # It waits until nothing is open: an exchange or a socket that is left ends it.
    client = subprocess.run(
        [sys.executable, SCRIPT, str(CALLS), *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **variables, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=PATIENCE * 10,
        check=False,
    )

    assert client.returncode == 0, client.stderr
    observation = json.loads(client.stdout)
    assert observation["held"] == 50
    assert observation["cancelled"] + observation["refused"] == 90
    assert observation["cancelled"] > 0
    assert observation["sent beyond"] == 0
    assert observation["wrong"] == 0
    assert observation["idle"] <= 50
    assert CALLS / 10 <= observation["answered"] < CALLS / 2
    assert observation["seen"] > CALLS / 2
