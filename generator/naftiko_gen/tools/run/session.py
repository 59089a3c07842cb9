"""Serving a spec, and serving it anew when it changes."""

from __future__ import annotations

import gc
import shlex
import shutil
import signal
import sys
import tempfile
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import NoReturn

from naftiko_gen.building.batch import Batch
from naftiko_gen.configuration.options import Options
from naftiko_gen.diagnostics import rendering
from naftiko_gen.diagnostics.codes import Code, Severity
from naftiko_gen.diagnostics.exits import Exit
from naftiko_gen.diagnostics.quoting import safe
from naftiko_gen.emit.code import naming
from naftiko_gen.language.names import spec_slug
from naftiko_gen.publish.outcome import Result
from naftiko_gen.tools.run.changes import changes
from naftiko_gen.tools.run.service import (
    Ports,
    Service,
    missing,
    variables_of_run,
)


class Session:
    """A spec, its latest compilation, and the service that runs its package.

    Every compilation writes into a directory of its own, because the running service
    may still read files of the previous one.
    """

    def __init__(
        self,
        spec: Path,
        options: Options,
        port: int | None,
        *,
        mock: bool,
        is_colored: bool,
    ) -> None:
        self._spec = spec
        self._options = options
        self._is_colored = is_colored
        self._ports = Ports(port)
        self._arguments = ["serve", *(["--mock"] if mock else [])]
        self._last: Result | None = None
        self._service: Service | None = None
        self._served: Path | None = None

    def serve(self) -> Exit:
        """Serve until an interrupt, or until a fault that a new spec can't mend."""
        signal.signal(signal.SIGTERM, _interrupt)
        with tempfile.TemporaryDirectory(prefix="naftiko-gen-run-") as directory:
            try:
                return self._serve(Path(directory))
            except KeyboardInterrupt:
                return Exit.DONE
            finally:
                if self._service:
                    self._service.stop()

    def _serve(self, directory: Path) -> Exit:
        numbers = count(1)
        if not self._compile(directory / str(next(numbers))):
            return Exit.FAILED
        for _ in changes(lambda: self._directories):
            if self._has_ended() and self._served == directory / "1":
                return Exit.FAILED
            if not (self._last and self._last.is_current()):
                self._compile(directory / str(next(numbers)))
                gc.unfreeze()
                gc.collect()
        raise AssertionError("changes never end")

    def _compile(self, output: Path) -> bool:
        """Compile the spec and serve the result.

        Return false after a fault that a new spec can't mend.
        """
        batch = Batch(replace(self._options, output=output))
        [result] = batch.compile([self._spec], jobs=1)
        is_first, is_new = self._last is None, result != self._last
        self._last = result
        is_unreadable = any(d.code is Code.UNREADABLE_FILE for d in result.diagnostics)
        if is_first and is_unreadable:
            # Later, a file may be unreadable only while an editor replaces it.
            self._report(result)
            return False
        if is_new:
            self._say(result)
        if result.changes is None:
            shutil.rmtree(output, ignore_errors=True)
            return True
        return self._serve_instead(output)

    def _serve_instead(self, output: Path) -> bool:
        slug = spec_slug(self._spec)
        project = output / slug
        if lacking := missing(project):
            names = ", ".join(requirement.name for requirement in lacking)
            command = shlex.join(["pip", "install", *map(str, lacking)])
            _print(f"the package needs {names}: {command}")
            return False
        if self._service:
            self._service.stop()
        # Nobody waits for notice to be given while a spec is written.
        variables = {**variables_of_run(slug), **self._ports.variables(project)}
        module = str(naming.module_name(slug))
        self._service = Service.start(project, module, self._arguments, variables)
        if self._served:
            shutil.rmtree(self._served, ignore_errors=True)
        self._served = output
        return True

    def _has_ended(self) -> bool:
        """Return whether the service has ended by itself; report its exit code once."""
        if self._service is None or self._service.exit_code is None:
            return False
        advice = (
            "--port N chooses other ports, and variables of the environment are the"
            " other settings"
            if "--mock" in self._arguments
            else "set the variables that it names, or add --mock, which needs none;"
            " --port N chooses other ports"
        )
        _print(f"the package ended with exit code {self._service.exit_code}; {advice}")
        self._service.stop()
        self._service = None
        return True

    @property
    def _directories(self) -> set[Path]:
        digests = self._last.digests if self._last else {}
        return {self._spec.parent, *(path.parent for path in digests)}

    def _report(self, result: Result) -> None:
        """Write warnings and errors, but no notes."""
        diagnostics = [d for d in result.diagnostics if d.severity is not Severity.NOTE]
        text = rendering.text(
            diagnostics, result.sources, verbose=False, color=self._is_colored
        )
        print(text, end="", file=sys.stderr)

    def _say(self, result: Result) -> None:
        """Write the diagnostics, and which version of the package is served."""
        self._report(result)
        if result.changes is not None:
            _print(f"{safe(str(self._spec))}: compiled")
        elif self._service:
            _print("the previous version is still served")
        else:
            _print("nothing is served until the errors are fixed")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _print(text: str) -> None:
    print(f"naftiko-gen: {text}", file=sys.stderr, flush=True)
