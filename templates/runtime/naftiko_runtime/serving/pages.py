"""Adapters that serve pages of the package itself: its skills, and its state."""

import json
import os
import platform
import time
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import CallError
from ..http.authentication import Authentication, client_guards
from ..http.guards import Guard, Guarded
from ..http.messages import RawHeaders, method_not_allowed, problem, send_response
from ..values import JsonObject, JsonValue, json_bytes
from .program import Adapter, Program, State

Answer = tuple[int, RawHeaders, bytes]
"""The status, the headers and the body of a response."""
Page = Callable[[], Answer]
JSON = (b"content-type", b"application/json")

UNSTORED = (b"cache-control", b"no-store")

MEDIA_TYPES = {
    "json": "application/json",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "yaml": "application/yaml",
    "yml": "application/yaml",
}
"""The media types of files that browsers show; others are downloaded."""
BYTES = "application/octet-stream"
# The earliest time that archives can have: equal skills have equal archives.
TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16


class Pages:
    """An ASGI application of pages by path, each made for its request."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages

    @property
    def paths(self) -> Collection[str]:
        """Return the paths of the pages."""
        return self._pages.keys()

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send the page of a path, or a problem document."""
        if scope["type"] == "http":
            await send_response(send, *self._answer(scope))

    def _answer(self, scope: Scope) -> Answer:
        page = self._pages.get(scope["path"])
        if page is None:
            return problem(CallError(404, "Not Found", "there is no such path"))
        if scope["method"] not in ("GET", "HEAD"):
            return method_not_allowed("GET, HEAD")
        return page()


def document(value: object, status: int = 200, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a response of JSON."""
    return content(json_bytes(value), JSON, *headers, status=status)


def content(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    """Return a response with its length."""
    return status, [*headers, (b"content-length", b"%d" % len(body))], body


def guarded(
    app: Pages,
    variables: str,
    guards: Sequence[Guard],
    authentication: Authentication | None,
) -> ASGIApp:
    """Return an application that checks its requests and authenticates clients."""
    all_guards = (*guards, *client_guards(authentication, variables))
    return Guarded(app, all_guards, pages=app.paths)


@dataclass(frozen=True, slots=True)
class ControlAdapter(Adapter):
    """A control adapter: `/health/live` and `/health/ready`, and perhaps `/status`.

    `language` is the version of the language that the spec is written in. No module of
    the package builds the application.
    """

    module: str = field(default="", init=False)
    kind = "control"
    factory = ""
    path = ""
    is_last = True
    has_health: bool = field(default=True, kw_only=True)
    has_status: bool = field(default=False, kw_only=True)
    language: str = field(default="", kw_only=True)

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application; it answers while the others finish."""
        process = _Process(program, state, self.language)
        pages: dict[str, Page] = {}
        if self.has_health:
            pages |= {"/health/live": _live, "/health/ready": process.ready}
        if self.has_status:
            pages["/status"] = process.status
        return guarded(Pages(pages), self.variables, **options)


def _live() -> Answer:
    return document({"status": "UP"}, 200, UNSTORED)


class _Process:
    """This process, as its state is told."""

    def __init__(self, program: Program, state: State, language: str) -> None:
        self._program = program
        self._state = state
        self._language = language
        self._start = time.monotonic()
        self._missing = [] if state.is_mocked else _missing(program)

    def ready(self) -> Answer:
        """Return whether every adapter is served, and calls have their credentials."""
        is_ready = self._state.is_serving and not self._missing
        missing = {"missing": self._missing} if self._missing else {}
        status = {
            "status": "UP" if is_ready else "DEGRADED",
            "adapters": self._adapters(),
            **missing,
        }
        return document(status, 200 if is_ready else 503, UNSTORED)

    def status(self) -> Answer:
        """Describe the package and the process."""
        seconds = int(time.monotonic() - self._start)
        status = {
            "capability": {
                "label": self._program.summary,
                "version": self._program.version,
                "specVersion": self._language,
            },
            "engine": {"name": "naftiko-gen", "python": platform.python_version()},
            "uptime": f"PT{seconds}S",
            "otel": {"status": "disabled"},
            "adapters": self._adapters(),
        }
        return document(status, 200, UNSTORED)

    def _adapters(self) -> list[JsonValue]:
        return [
            *(self._adapter("rest", one) for one in self._program.rest),
            *(self._adapter("mcp", one) for one in self._program.mcp),
            *(
                self._adapter("skill", one)
                for one in self._program.others
                if not one.is_last
            ),
        ]

    def _adapter(self, kind: str, adapter: Adapter) -> JsonObject:
        """Describe an adapter; its client starts one that speaks on standard input."""
        described: JsonObject = {"type": kind, "namespace": adapter.namespace}
        if not adapter.over_http:
            return {**described, "state": "on demand"}
        state = "started" if self._state.is_serving else "stopped"
        return {
            **described,
            "port": self._state.ports[adapter.variables],
            "state": state,
        }


def _missing(program: Program) -> list[str]:
    """Return the credentials without which the package was started."""
    if not program.required:
        return []
    partial = {f"{program.variables}_PARTIAL": "1"}
    settings = program.settings.from_env({**os.environ, **partial})
    return [name for name in program.needed(os.environ) if name in settings.unset]


@dataclass(frozen=True, slots=True)
class SkillAdapter(Adapter):
    """A catalogue of skills; `module` names the package's JSON document of them."""

    kind = "skill"
    factory = ""
    path = "/skills"

    def application(self, program: Program, state: State, **options: Any) -> ASGIApp:
        """Build the ASGI application, whose pages don't depend on the state."""
        del state
        text = files(program.package).joinpath(f"{self.module}.json").read_bytes()
        pages = dict(_pages(json.loads(text)))
        return guarded(Pages(pages), self.variables, **options)


def _pages(skills: list[JsonObject]) -> Iterator[tuple[str, Page]]:
    """Yield the pages by their paths; none of them reads a file."""
    listed = [_summary(skill["about"]) for skill in skills]
    yield "/skills", _constant(document({"count": len(listed), "skills": listed}))
    for skill in skills:
        about, contents = skill["about"], _contents(skill)
        root = f"/skills/{about['name']}"
        yield root, _constant(document(about))
        yield f"{root}/download", _constant(_archive(about["name"], contents))
        yield f"{root}/contents", _constant(document(_listing(about["name"], contents)))
        for path, body in contents.items():
            kind = (b"content-type", _media_type(path).encode())
            yield f"{root}/contents/{path}", _constant(content(body, kind))


def _constant(answer: Answer) -> Page:
    return lambda: answer


def _summary(about: JsonObject) -> JsonObject:
    """Return a skill as the list of all skills shows it."""
    keys = ("name", "description", "license")
    shown: JsonObject = {key: about[key] for key in keys if key in about}
    return {**shown, "tools": [tool["name"] for tool in about["tools"]]}


def _contents(skill: JsonObject) -> dict[str, bytes]:
    """Return the contents of a skill's files: texts, and bytes in base64."""
    contents = {path: text.encode() for path, text in skill["files"].items()}
    for path, text in skill.get("bytes", {}).items():
        contents[path] = b64decode(text)
    return dict(sorted(contents.items()))


def _listing(name: str, contents: Mapping[str, bytes]) -> JsonObject:
    listed = [
        {"path": path, "size": len(body), "type": _media_type(path)}
        for path, body in contents.items()
    ]
    return {"name": name, "files": listed}


def _archive(name: str, contents: Mapping[str, bytes]) -> Answer:
    """Return a ZIP archive of a skill's files, uncompressed."""
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_STORED) as writer:
        for path, body in contents.items():
            entry = ZipInfo(path, TIME)
            entry.external_attr = READABLE
            writer.writestr(entry, body)
    return content(
        archive.getvalue(),
        (b"content-type", b"application/zip"),
        (b"content-disposition", f'attachment; filename="{name}.zip"'.encode()),
    )


def _media_type(path: str) -> str:
    return MEDIA_TYPES.get(path.rpartition(".")[2].lower(), BYTES)
