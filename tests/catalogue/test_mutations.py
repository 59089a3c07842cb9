"""Whatever is done to a document, the compiler ends soon and says what is wrong."""

from __future__ import annotations

import os
import time
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from mutations import mutated
from published import CORPUS, documents, needs_the_corpus

from naftiko_gen.diagnostics import Severity
from naftiko_gen.layout import Layout
from naftiko_gen.pipeline import Options, understand
from naftiko_gen.targets.package import Package

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_the_corpus

MORE = "NAFTIKO_MUTATIONS"
"""Names how many documents are tried, 2,000 if it isn't there; others each time."""

COUNT = int(os.environ.get(MORE, "2000"))
BATCHES = 20
WITHIN = 5.0
"""Seconds of processor time that one document may take."""

LARGEST = 24 * 1024
"""Bytes of a document that is worth changing: larger ones say the same more often."""

EMITTED = 25
"""One of so many documents that still mean something is emitted as well."""


@cache
def originals() -> list[Any]:
    paths = [one.path for one in documents() if one.compiles]
    paths += sorted((CORPUS / "official").rglob("*.y*ml"))
    small = (path for path in paths if path.stat().st_size < LARGEST)
    loaded = (yaml.load(path.read_bytes(), yaml.CSafeLoader) for path in small)
    return [one for one in loaded if isinstance(one, dict)]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_changed_document_is_compiled_or_refused(batch: int, tmp_path: Path) -> None:
    first = int(time.time()) if MORE in os.environ else 0
    meant = 0
    for number in range(COUNT // BATCHES):
        seed = first * COUNT + number * BATCHES + batch
        random = Random(seed)  # noqa: S311 - to be repeated
        spec = tmp_path / "changed.yaml"
        document, donor = random.choice(originals()), random.choice(originals())
        spec.write_bytes(mutated(document, donor, random))
        meant += compiles(spec, seed, emitted=meant % EMITTED == 0)
    assert 0 < meant < COUNT // BATCHES


def compiles(spec: Path, seed: int, *, emitted: bool) -> bool:
    """Compile a document in memory; say whether it means something."""
    begun = time.process_time()
    try:
        understood = understand(spec, Options(spec.parent))
        if understood.meaning and emitted:
            Package(understood.meaning.capability, Layout.PROJECT).tree()
    except Exception as error:
        pytest.fail(f"{seed}: {type(error).__name__}: {error}\n{spec}")
    assert time.process_time() - begun < WITHIN, f"{seed}: {spec}"
    errors = [d for d in understood.diagnostics if d.severity is Severity.ERROR]
    assert (understood.meaning is None) == bool(errors), f"{seed}: {spec}"
    return understood.meaning is not None
