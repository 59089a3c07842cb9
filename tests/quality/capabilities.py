"""Capabilities that together show each feature of the language, by their slugs."""

from dataclasses import replace
from pathlib import Path

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.ir import Capability

TESTS = Path(__file__).parents[1]
GOLDEN = (
    *("aggregate", "binary", "body-fields", "bound-files", "cache-hints", "cookies"),
    *("forward", "guard-in-file", "json-path", "mock", "other-guards", "prompts"),
    *("queries-in-steps", "resources", "restricted-inputs", "shaped-output", "skill"),
    *("stdio", "steps", "steps-in-other-formats", "templated-base-uri"),
    *("typed-arguments", "xml-output", "html-output", "markdown-output"),
    *("avro-output", "protobuf-output"),
)
BEHAVIOUR = ("authentication", "bodies", "clients", "published", "shop")
SPECS = (
    *(TESTS / "golden" / case / "spec.yaml" for case in GOLDEN),
    *(TESTS / "behaviour" / f"{name}.yaml" for name in BEHAVIOUR),
    TESTS / "conformance" / "clients" / "library.yaml",
    TESTS / "quality" / "odd.yaml",
)


def read(spec: Path) -> Capability:
    meaning = frontend.read(spec, Options(output=Path())).meaning
    assert meaning, spec
    slug = spec.parent.name if spec.stem == "spec" else spec.stem
    return replace(meaning.capability, slug=slug)


CAPABILITIES = {capability.slug: capability for capability in map(read, SPECS)}
