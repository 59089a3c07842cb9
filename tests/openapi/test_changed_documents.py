"""After any change, a document is imported cleanly, or refused with a place."""

import json
import os
import shutil
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from changes import change_document, damage, write_json
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.codes import Code
from naftiko_gen.openapi.read.description import open_description
from naftiko_gen.openapi.write.capability import Wishes, capability
from naftiko_gen.tools.drift.drift import described_namespaces, find_drift

pytestmark = [pytest.mark.slow, pytest.mark.long]

DOCUMENTS = Path(__file__).parent / "documents"
COUNT = int(os.environ.get("NAFTIKO_OPENAPI_CHANGES", "40"))
"""The number of documents to try."""
SETTINGS = settings(
    max_examples=COUNT,
    database=None,
    derandomize="NAFTIKO_OPENAPI_CHANGES" not in os.environ,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@cache
def originals() -> list[Any]:
    shop = yaml.load((DOCUMENTS / "shop.yaml").read_bytes(), yaml.CSafeLoader)
    library = yaml.load((DOCUMENTS / "library.yaml").read_bytes(), yaml.CSafeLoader)
    return [json.loads((DOCUMENTS / "clinic.json").read_bytes()), shop, library]


def test_a_changed_document_makes_a_clean_capability(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Or it is refused; the capability compiles and doesn't drift from it."""
    directory = tmp_path_factory.mktemp("changed")
    shutil.copytree(DOCUMENTS / "shared", directory / "shared")
    document, spec = directory / "openapi.json", directory / "spec.yaml"
    # A change may leave http as the only scheme, of which the compiler rightly warns.
    silent = {Code.UNENCRYPTED_CREDENTIAL.slug: None}
    options = Options(directory, strict=True, severities=silent)
    count = 0

    @SETTINGS
    @given(st.randoms(use_true_random=False))
    def attempt(random: Random) -> None:
        nonlocal count
        document.write_bytes(
            write_json(change_document(random.choice(originals()), random))
        )
        description = open_description(document)
        if description.api is None:
            assert description.report.has_errors
            return
        capable = capability(description.api, Wishes(document.name))
        if capable.operations:
            count += 1
            text = capable.text.encode()
            reading = frontend.read(spec, options, text)
            assert [f"{d.span}: {d.message}" for d in reading.diagnostics] == []
            assert reading.meaning
            find_drift(
                reading.meaning,
                description.api,
                described_namespaces(reading.meaning, description.api),
            )

    attempt()
    assert count > COUNT / 2


def test_a_damaged_file_is_refused_with_a_place(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("damaged")
    files = [path for path in DOCUMENTS.iterdir() if path.is_file()]

    @SETTINGS
    @given(st.randoms(use_true_random=False))
    def attempt(random: Random) -> None:
        original = random.choice(files)
        document = directory / original.name
        document.write_bytes(damage(original.read_bytes(), random))
        description = open_description(document)
        if description.api is None:
            errors = [
                d for d in description.report.diagnostics if d.severity == "error"
            ]
            assert all(d.span for d in errors)
            assert errors

    attempt()
