"""Fixed documents, with the proof that their meaning is the same."""

from __future__ import annotations

from pathlib import Path

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.tools.fix import repair

OPTIONS = Options(output=Path())
SPEC = Path("spec.yaml")


def fixed(text: str, spec: Path = SPEC) -> repair.Repaired:
    """Fix a document, and show that it means the same and is then as it should be."""
    content = text.encode()
    found = read(content, spec)
    made = repair.repair_spec(found, content, OPTIONS)
    after = read(made.content, spec)
    assert found.meaning
    assert after.meaning
    assert after.meaning.capability == found.meaning.capability
    assert repair.repair_spec(after, made.content, OPTIONS).content == made.content
    return made


def read(content: bytes, spec: Path = SPEC) -> frontend.Reading:
    """Return the meaning of a document without errors."""
    found = frontend.read(spec, OPTIONS, content)
    assert found.meaning is not None, [one.message for one in found.diagnostics]
    return found
