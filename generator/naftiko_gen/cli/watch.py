"""A run with `--watch`: compile specs, and again whenever they change."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from naftiko_gen.cli import streams
from naftiko_gen.cli.compile_run import CompileRun
from naftiko_gen.configuration.document import ConfigurationError
from naftiko_gen.configuration.options import Settings
from naftiko_gen.diagnostics import Exit, count, safe
from naftiko_gen.publish.outcome import Result
from naftiko_gen.tools.run import changes


class Watch:
    """Specs, and the last result of each."""

    def __init__(
        self, arguments: argparse.Namespace, settings: Callable[[], Settings]
    ) -> None:
        """`settings` is called for each round: specs and configurations change."""
        self._arguments = arguments
        self._read_settings = settings
        self._settings = settings()
        self._finished: dict[Path, Result] = {}
        self._refused: ConfigurationError | None = None

    def perform(self) -> Exit:
        """Compile all specs, then those that change, until an interrupt."""
        try:
            self._compile(list(self._settings.specs))
            number = count(len(self._settings.specs), "spec")
            self._say(f"watching {number}; Ctrl-C ends it")
            for _ in changes.changes(lambda: set(self._directories())):
                self._look()
        except KeyboardInterrupt:
            return Exit.DONE
        raise AssertionError("changes never end")

    def _look(self) -> None:
        """Compile the specs whose files have changed."""
        self._ask_settings()
        self._forget()
        current = {s for s, result in self._finished.items() if result.is_current()}
        specs = [spec for spec in self._settings.specs if spec not in current]
        if specs:
            self._compile(specs)
            # A batch freezes objects, so that this round's garbage would stay for ever.
            gc.unfreeze()
            gc.collect()

    def _compile(self, specs: list[Path]) -> None:
        """Compile specs, and print the results that differ from the last ones."""
        # A process with the threads of a library can't be forked safely.
        is_first = not self._finished
        settings = self._settings if is_first else replace(self._settings, jobs=1)
        run = CompileRun(self._arguments, settings)
        results = run.results(specs)
        new_results = [r for r in results if r != self._finished.get(r.spec)]
        run.report([*new_results, *run.runtime_results(results)])
        self._finished |= {result.spec: result for result in results}

    def _ask_settings(self) -> None:
        try:
            settings = self._read_settings()
        except ConfigurationError as refusal:
            if refusal != self._refused and not self._arguments.quiet:
                color = self._arguments.color
                streams.show(refusal.diagnostics, refusal.sources, color, verbose=True)
                self._say("the configuration stays as it was")
            self._refused = refusal
            return
        self._refused = None
        if replace(settings, specs=()) != replace(self._settings, specs=()):
            self._finished.clear()
        self._settings = settings

    def _forget(self) -> None:
        """Forget specs that no glob matches any more."""
        specs = self._settings.specs
        for spec in [spec for spec in self._finished if spec not in specs]:
            del self._finished[spec]
            self._say(f"{safe(str(spec))}: gone; its package stays")

    def _directories(self) -> Iterator[Path]:
        for spec in self._settings.specs:
            yield spec.parent
        for result in self._finished.values():
            yield from (path.parent for path in result.digests)
        if self._settings.file:
            yield self._settings.file.parent

    def _say(self, text: str) -> None:
        if not self._arguments.quiet:
            print(text, file=sys.stderr)
