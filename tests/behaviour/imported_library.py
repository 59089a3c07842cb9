"""Packages of OpenAPI documents: imported, compiled and called."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service import Package, compile_spec

from naftiko_gen.cli.main import main

CREDENTIAL = "s3cret"
TOKEN = {"LIBRARY_TOKEN": CREDENTIAL}
LOGIN = {"LIBRARY_LOGIN_USERNAME": "ann", "LIBRARY_LOGIN_PASSWORD": CREDENTIAL}
BASIC = base64.b64encode(f"ann:{CREDENTIAL}".encode()).decode()
NEEDED = """\
import os
import library.__main__ as module
module.run_command = lambda program: print(*program.variables_to_set(os.environ))
os.environ.update({!r})
module.main()
"""


def import_library(document: Mapping[str, Any], directory: Path) -> Package:
    """Import a document as `library.yaml`, and compile that spec."""
    document_path, spec = directory / "openapi.json", directory / "library.yaml"
    document_path.write_text(json.dumps(document), "utf-8")
    assert main(["import", str(document_path), "-o", str(spec), "-q"]) == 0
    return compile_spec(spec, directory)


def list_variables(library: Package, env: Mapping[str, str]) -> list[str]:
    """Return the variables that a client's configuration names."""
    process = library.execute(NEEDED.format(env))
    assert process.returncode == 0, process.stderr
    return process.stdout.split()
