"""The compiler's stages, over a document of 1, 10, 100 and 1,000 operations."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

import yaml

from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics.report import Report
from naftiko_gen.dialects import normalise
from naftiko_gen.emit.code import formatting, render
from naftiko_gen.emit.code.layout import Layout
from naftiko_gen.emit.package.package import Package
from naftiko_gen.imports import complete
from naftiko_gen.language.validation import validate
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish import delivery
from naftiko_gen.publish.outcome import Compiled
from naftiko_gen.resolve import resolve
from naftiko_gen.resolve.exposed.served_files import ServedFiles
from naftiko_gen.resolve.scripts import ScriptFiles
from naftiko_gen.resolve.spec_files import SpecFiles
from naftiko_gen.syntax.files import ImportRoots
from naftiko_gen.syntax.reader import load

from .peers import ROOT

Node = dict[str, Any]

OPERATIONS = (1, 10, 100, 1000)
TRAINING_RUNS = ROOT / "specs" / "training-runs.yaml"


@dataclass
class Stages:
    """Seconds of processor time that each stage took, for a number of operations."""

    operations: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> float:
        """Return what all stages took together."""
        return sum(self.seconds.values())

    @property
    def row(self) -> str:
        """Return the cells of a table: what 1,000 would take, and each one's share."""
        shares = (f"{one / self.whole:.0%}" for one in self.seconds.values())
        each = self.whole / self.operations * 1000
        return f"| {self.operations} | {each:.2f} | {' | '.join(shares)} |"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage."""
        begun = time.process_time()
        yield
        taken = time.process_time() - begun
        self.seconds[name] = self.seconds.get(name, 0.0) + taken

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function whose calls are measured as a stage."""

        def measured(*arguments: Any, **options: Any) -> Any:
            with self.stage(name):
                return call(*arguments, **options)

        return measured


def table(directory: Path, sizes: Sequence[int] = OPERATIONS) -> str:
    """Measure every size once the first has warmed everything up."""
    measured = [_measured(number, directory) for number in (1, *sizes)][1:]
    names = " | ".join(measured[0].seconds)
    head = f"| operations | seconds per 1,000 | {names} |"
    rule = "| ---: " * (2 + len(measured[0].seconds)) + "|"
    return "\n".join([head, rule, *(one.row for one in measured)])


def _measured(operations: int, directory: Path) -> Stages:
    spec = directory / f"repeated-{operations}.yaml"
    spec.write_text(repeated(operations), encoding="utf-8")
    stages, report = Stages(operations), Report(str(spec))
    with stages.stage("load"):
        loaded = load(spec.read_bytes(), report)
        assert loaded
        whole = complete(loaded, spec, report, None).tree
        assert whole
    with stages.stage("normalise"):
        canonical = normalise(whole, report, spec.stem)
        assert canonical
    with stages.stage("validate"):
        document = validate(canonical, report)
        assert document
    with stages.stage("resolve"):
        served = ServedFiles(ImportRoots.of(spec, None), report, {})
        scripts = ScriptFiles(spec.parent, report)
        found = resolve(
            document,
            report,
            slug=spec.stem,
            source=spec.name,
            files=SpecFiles(served, scripts),
        )
        assert found, [one.message for one in report.diagnostics][:3]
    _emit(stages, Package(found.capability, Layout.PROJECT))
    _publish(stages, spec, Path(mkdtemp(dir=directory)))
    return stages


def _emit(stages: Stages, package: Package) -> None:
    """Emit, with what formatting takes counted apart."""
    formatted = stages.timed("format", formatting.format_module)
    begun = time.process_time()
    with patch.object(render, "format_module", formatted):
        package.tree()
    taken = time.process_time() - begun
    stages.seconds["emit"] = taken - stages.seconds["format"]


def _publish(stages: Stages, spec: Path, output: Path) -> None:
    """Compile to the disk; only what happens there is counted."""
    with patch.object(delivery, "deliver", stages.timed("publish", delivery.deliver)):
        result = compile_spec(spec, Options(output))
    assert isinstance(result.outcome, Compiled)


def repeated(operations: int) -> str:
    """Return a published document with an operation as often as is asked for."""
    document = yaml.safe_load(TRAINING_RUNS.read_text("utf-8"))
    for upstream in document["capability"]["consumes"]:
        _repeat(upstream["resources"], operations)
    for adapter in document["capability"]["exposes"]:
        if "resources" in adapter:
            _repeat(adapter["resources"], operations)
        if "tools" in adapter:
            tool = adapter["tools"][0]
            adapter["tools"] = [_renamed(tool, n) for n in range(operations)]
    # JSON has no aliases, which the language forbids.
    return json.dumps(document, default=str)


def _repeat(resources: list[Node], operations: int) -> None:
    first = resources[0]
    operation = first["operations"][0]
    resources[:] = [
        {
            "name": f"r{number}",
            "path": f"{first['path']}/{number}",
            "operations": [_renamed(operation, number)],
        }
        for number in range(operations)
    ]


def _renamed(unit: Node, number: int) -> Node:
    named = {**unit, "name": f"{unit['name']}-{number}"}
    return named | ({"call": f"{unit['call']}-{number}"} if "call" in unit else {})
