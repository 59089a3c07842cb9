"""After any mutation of a document, the compiler ends soon and reports the errors."""

import os
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, seed, settings
from mutations import mutations
from published import CORPUS, documents, own_specs

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.diagnostics.report import Severity
from naftiko_gen.emit.package_files import Package
from waiting import ending

pytestmark = pytest.mark.long

MORE = "NAFTIKO_MUTATIONS"
"""Names how many documents are tried, 300 if it isn't there; others each time."""

COUNT = int(os.environ.get(MORE, "300"))
BATCHES = 5

LARGEST = 24 * 1024
"""Bytes of a document that is worth changing: larger ones say the same more often."""

EMITTED = 25
"""One of so many documents that still mean something is emitted as well."""

SETTINGS = settings(
    max_examples=COUNT // BATCHES,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@cache
def originals() -> list[Any]:
    """Return documents that compile."""
    return load_documents([*own_specs(), *(d.path for d in documents() if d.compiles)])


@cache
def donors() -> list[Any]:
    """Return documents of the whole language."""
    return [*originals(), *load_documents([*(CORPUS / "official").rglob("*.y*ml")])]


def load_documents(paths: list[Path]) -> list[Any]:
    """Load documents, the smallest first: to them, counterexamples are reduced."""
    small = [path for path in paths if path.stat().st_size < LARGEST]
    small.sort(key=lambda path: (path.stat().st_size, path))
    contents = (yaml.load(path.read_bytes(), yaml.CSafeLoader) for path in small)
    return [content for content in contents if isinstance(content, dict)]


def test_a_changed_document_is_compiled_or_refused(tmp_path: Path) -> None:
    spec = tmp_path / "changed.yaml"
    meaningful = {True: 0, False: 0}

    @SETTINGS
    @given(mutations(originals(), donors()))
    def compiles_or_says_why(content: bytes) -> None:
        spec.write_bytes(content)
        meaningful[compiles(spec, with_files=crc32(content) % EMITTED == 0)] += 1

    for batch in range(BATCHES):
        is_repeated = MORE not in os.environ
        (seed(batch)(compiles_or_says_why) if is_repeated else compiles_or_says_why)()
    # All of a batch may be refused, as its examples are made of each other.
    assert min(meaningful.values()) >= BATCHES


def compiles(spec: Path, *, with_files: bool) -> bool:
    """Compile a document in memory; say whether it means something."""
    with ending():
        reading = frontend.read(spec, Options(spec.parent))
        if reading.meaning and with_files:
            Package(reading.meaning.capability, Layout.PROJECT).tree()
    errors = [d for d in reading.diagnostics if d.severity is Severity.ERROR]
    assert (reading.meaning is None) == bool(errors)
    return reading.meaning is not None
