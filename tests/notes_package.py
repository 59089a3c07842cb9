"""A generated package with units of each form, imported and connected to its mock."""

import sys
from collections.abc import Callable
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import pytest

from naftiko_gen.configuration.options import Options
from naftiko_gen.pipeline import compile_spec
from naftiko_gen.publish.outcome import Compiled

SPEC = """\
naftiko: 1.0.0-alpha2
capability:
  consumes:
  - type: http
    namespace: store
    baseUri: https://notes.example.com
    resources:
    - name: notes
      path: /notes
      operations:
      - name: add-note
        method: POST
        inputParameters: [{name: body, in: body, type: object}]
    - name: note
      path: /notes/{{id}}
      operations:
      - {name: get-note, inputParameters: [{name: id, in: path}]}
      - {name: check-note, method: HEAD, inputParameters: [{name: id, in: path}]}
    - name: feed
      path: /feed
      operations:
      - {name: get-feed, outputRawFormat: xml}
  exposes:
  - type: rest
    namespace: notes-rest
    port: 8080
    resources:
    - path: /notes
      operations:
      - {method: POST, call: store.add-note, with: {body: notes-rest.body}}
    - path: /notes/{id}
      operations:
      - method: GET
        call: store.get-note
        with: {id: notes-rest.id}
        outputParameters:
        - {type: object, properties: {title: {type: string, mapping: $.title}}}
    - path: /notes/{id}/state
      operations:
      - {method: HEAD, call: store.check-note, with: {id: notes-rest.id}}
    - path: /feed
      operations:
      - method: GET
        call: store.get-feed
        outputParameters:
        - {type: object, properties: {title: {type: string, mapping: $.title}}}
  - type: mcp
    namespace: notes-mcp
    port: 9090
    tools:
    - name: add-note
      call: store.add-note
      inputParameters: [{name: body, type: object, description: A note.}]
    - name: get-note
      call: store.get-note
      inputParameters: [{name: id, type: string, description: Which note.}]
      outputParameters:
      - {type: object, properties: {title: {type: string, mapping: $.title}}}
    - name: get-feed
      call: store.get-feed
      outputParameters:
      - {type: object, properties: {title: {type: string, mapping: $.title}}}
"""


class NotesPackage:
    """The modules of a package, compiled and imported as `name`."""

    def __init__(self, name: str, directory: Path) -> None:
        spec = directory / f"{name}.yaml"
        spec.write_text(SPEC, "utf-8")
        result = compile_spec(spec, Options(output=directory / "out"))
        assert isinstance(result.outcome, Compiled), result.diagnostics
        self._name = name
        self._project = result.outcome.plan.root

    def module(self, name: str) -> Any:
        """Import a module of the package; `name` is relative to it."""
        invalidate_caches()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "path", [str(self._project), *sys.path])
            return import_module(f"{self._name}.{name}")

    def connection(self, upstream: Any) -> Callable[[], Any]:
        """Return a function that opens a client of a mock upstream."""
        settings = self.module("settings").Settings.from_env({})
        return lambda: self.module("client").connect(settings, upstream)

    def reply(
        self,
        status: int,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        body: bytes = b"",
    ) -> Any:
        """Return a response for the mock upstream."""
        return self.module("_runtime.transport").Reply(status, headers, body)
