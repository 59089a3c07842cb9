"""The official TypeScript clients accept the output for any answer."""

import asyncio
import json
from pathlib import Path
from shutil import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from node import Programs
from odd_outputs import BODIES, OUTPUTS, output

PROGRAM = Path(__file__).with_name("clients") / "outputs.mts"


def test_typescript_clients_refuse_no_output(
    programs: Programs, url: str, tmp_path: Path
) -> None:
    lines: list[str] = []

    @settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
    @given(schema=OUTPUTS, body=BODIES)
    def collect(schema: dict[str, Any], body: bytes) -> None:
        document = asyncio.run(output(body, schema))
        lines.append(json.dumps([schema, document.decode()]))

    collect()
    file = tmp_path / "outputs"
    file.write_text("\n".join(lines), "utf-8")
    programs.link(tmp_path)

    process = programs.typescript(Path(copy(PROGRAM, tmp_path)), url, str(file))

    assert process.returncode == 0, process.stderr
    result = json.loads(process.stdout)
    assert result["results"] == [{"station": "Zürich", "degrees": 21.5}] * 2
    assert result["faults"] == []
