"""Packages with many operations: the costs of compiling them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from large_documents import large_document
from naftiko_gen import frontend
from naftiko_gen.cli.main import main
from naftiko_gen.configuration.options import Options
from naftiko_gen.emit.code import wrapping
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from naftiko_gen.ir import Capability


def capability(operations: int, directory: Path) -> Capability:
    """Return the capability that is imported from a document."""
    document, spec = directory / "api.json", directory / "api.yaml"
    document.write_text(json.dumps(large_document(operations)))
    assert main(["import", str(document), "-q", "--force", "-o", str(spec)]) == 0
    reading = frontend.read(spec, Options(directory))
    assert reading.meaning
    return reading.meaning.capability


def test_black_formats_few_statements_of_many_operations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    formatted: list[str] = []
    format_with_black = wrapping.format_with_black

    def count(module: str, width: int = 88) -> str:
        formatted.append(module)
        return format_with_black(module, width)

    monkeypatch.setattr(wrapping, "format_with_black", count)
    Package(capability(40, tmp_path), Layout.PROJECT).tree()
    assert len(formatted) < 10
