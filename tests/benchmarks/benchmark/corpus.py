"""The compiler's stages, over a document of 1, 10, 100 and 1,000 operations."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

import yaml

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Layout, Options
from naftiko_gen.emit.code import formatting, render
from naftiko_gen.emit.package_files import Package
from naftiko_gen.ir import Capability
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.pipeline import stages as steps
from naftiko_gen.publish.delivery import deliver
from naftiko_gen.publish.outcome import Compiled
from naftiko_gen.syntax import reader

from .peers import ROOT

Node = dict[str, Any]

OPERATIONS = (1, 10, 100, 1000)
TRAINING_RUNS = ROOT / "specs" / "training-runs.yaml"

FUNCTIONS = (
    (reader, "load", "load"),
    (frontend, "complete", "load"),
    (frontend, "normalise", "normalise"),
    (frontend, "validate", "validate"),
    (frontend, "resolve", "resolve"),
)
"""The functions that read a spec, each with its stage."""


@dataclass
class Stages:
    """Seconds of processor time that each stage took, for a number of operations."""

    operations: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def whole(self) -> float:
        """Return the seconds of all stages together."""
        return sum(self.seconds.values())

    @property
    def row(self) -> str:
        """Return the cells of a table: the time for 1,000, and each stage's share."""
        shares = (f"{seconds / self.whole:.0%}" for seconds in self.seconds.values())
        per_thousand = self.whole / self.operations * 1000
        return f"| {self.operations} | {per_thousand:.2f} | {' | '.join(shares)} |"

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage."""
        begun = time.process_time()
        yield
        elapsed = time.process_time() - begun
        self.seconds[name] = self.seconds.get(name, 0.0) + elapsed

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
    return "\n".join([head, rule, *(stages.row for stages in measured)])


def _measured(operations: int, directory: Path) -> Stages:
    spec = directory / f"repeated-{operations}.yaml"
    spec.write_text(repeated(operations), encoding="utf-8")
    stages = Stages(operations)
    _emit(stages, Package(_read(stages, spec), Layout.PROJECT))
    _publish(stages, spec, Path(mkdtemp(dir=directory)))
    return stages


def _read(stages: Stages, spec: Path) -> Capability:
    """Read a document, and its imports as a part of loading it."""
    with ExitStack() as stack:
        for module, name, stage in FUNCTIONS:
            measured = stages.timed(stage, getattr(module, name))
            stack.enter_context(patch.object(module, name, measured))
        reading = frontend.read(spec, Options(Path()))
    assert reading.meaning, [d.message for d in reading.diagnostics][:3]
    return reading.meaning.capability


def _emit(stages: Stages, package: Package) -> None:
    """Emit, with the time of formatting counted apart."""
    formatted = stages.timed("format", formatting.format_module)
    begun = time.process_time()
    with patch.object(render, "format_module", formatted):
        package.tree()
    elapsed = time.process_time() - begun
    stages.seconds["emit"] = elapsed - stages.seconds["format"]


def _publish(stages: Stages, spec: Path, output: Path) -> None:
    """Compile to the disk; only the time of that is counted."""
    with patch.object(steps, "deliver", stages.timed("publish", deliver)):
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
