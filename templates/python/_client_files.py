"""Files of MCP clients: a server is added, and all else in the file stays."""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

JsonObject = dict[str, Any]

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|(//[^\n]*|/\*.*?\*/)', re.DOTALL)
INDENT = re.compile(r'^\{\s*\n([ \t]+)"')
# What an entry says of how to reach the server, which an addition replaces.
REACHING = {"command", "args", "type", "source", "env", "url", "httpUrl", "serverUrl"}


class FileError(Exception):
    """A file that stays as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it is now; `backup` is the file before, if there was one."""

    is_changed: bool
    backup: Path | None = None


def rendered(document: JsonObject, path: Path) -> str:
    """Return an addition as text in the language of the file."""
    if path.suffix == ".toml":
        return "\n".join(_tables(document))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def add(document: JsonObject, path: Path, *, is_in_project: bool) -> Written:
    """Add what a document has to a file; raises FileError if that can't be done.

    A file that has it already isn't written. A project may be a stranger's, whose links
    lead anywhere; a link to the user's own directory is the user's.
    """
    if is_in_project and path.parent.is_symlink():
        raise FileError(f"{path.parent} is a link")
    try:
        text = _read(path)
        new = _added(document, text or "", path)
        if new is None:
            return Written(is_changed=False)
        backup = None if text is None else _back_up(path)
        _write(path, new.encode())
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None
    return Written(is_changed=True, backup=backup)


def _read(path: Path) -> str | None:
    """Return the text of a file, None if there is none."""
    if path.is_symlink():
        raise FileError(f"{path} is a link to {path.readlink()}")
    if not path.exists():
        return None
    if not path.is_file():
        raise FileError(f"{path} is no file")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8") from None


def _added(document: JsonObject, text: str, path: Path) -> str | None:
    """Return the new text of a file, None if it has everything already."""
    add_to = _added_to_toml if path.suffix == ".toml" else _added_to_json
    try:
        return add_to(document, text, path)
    except RecursionError:
        raise FileError(f"{path} is nested too deeply") from None


def _added_to_json(document: JsonObject, text: str, path: Path) -> str | None:
    old = _parsed(text, path) if text.strip() else {}
    new = _merged(old, document, path)
    if new == old:
        return None
    found = INDENT.match(text)
    indent = found[1] if found else "  "
    try:
        shown = json.dumps(new, indent=indent, ensure_ascii=False, allow_nan=False)
        shown.encode()
    except ValueError:
        raise FileError(f"{path} has a value that can't be kept") from None
    return f"{shown}\n"


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(
            text, object_pairs_hook=_unambiguous, parse_constant=_no_constant
        )
    except ValueError:
        has_comment = any(one[1] for one in COMMENT.finditer(text))
        fault = "has comments, which would be lost" if has_comment else "is not JSON"
        raise FileError(f"{path} {fault}") from None


def _unambiguous(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is named twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _merged(old: Any, document: JsonObject, path: Path) -> JsonObject:
    """Return the file's document with the servers and inputs of another one."""
    new = dict(_object(old, path))
    for name, addition in document.items():
        if isinstance(addition, list):
            new[name] = _extended(new.get(name, []), addition, path)
            continue
        servers = dict(_object(new.get(name, {}), path))
        for server, entry in addition.items():
            servers[server] = _replaced(_object(servers.get(server, {}), path), entry)
        new[name] = servers
    return new


def _object(value: Any, path: Path) -> JsonObject:
    if not isinstance(value, dict):
        raise FileError(f"{path} has another value where an object is expected")
    return value


def _extended(inputs: Any, addition: list[JsonObject], path: Path) -> list[Any]:
    """Return the inputs and those of the addition that have another id."""
    if not isinstance(inputs, list):
        raise FileError(f"{path} has another value where a list is expected")
    ids = [one.get("id") for one in inputs if isinstance(one, dict)]
    return [*inputs, *(one for one in addition if one["id"] not in ids)]


def _replaced(old: JsonObject, entry: JsonObject) -> JsonObject:
    """Return an entry with the settings of the old one, and its values of variables."""
    settings = {name: value for name, value in old.items() if name not in REACHING}
    env = old.get("env")
    if "command" not in entry or not isinstance(env, dict):
        return {**entry, **settings}
    return {**entry, "env": {**entry.get("env", {}), **env}, **settings}


def _added_to_toml(document: JsonObject, text: str, path: Path) -> str | None:
    """Return the text with a table at its end, so that comments stay."""
    try:
        old = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise FileError(f"{path} is not TOML") from None
    [(servers, addition)] = document.items()
    [(name, entry)] = addition.items()
    present = _object(old.get(servers, {}), path)
    if name in present:
        if present[name] == entry:
            return None
        raise FileError(f"{path} has another table [{servers}.{_key(name)}]")
    end = "" if not text or text.endswith("\n\n") else "\n"
    end = f"\n{end}" if text and not text.endswith("\n") else end
    new = f"{text}{end}{rendered(document, path)}"
    with suppress(tomllib.TOMLDecodeError):
        if tomllib.loads(new) == {**old, servers: {**present, name: entry}}:
            return new
    raise FileError(f"{path} has an inline table {servers}, which can't be added to")


def _tables(document: JsonObject) -> Iterator[str]:
    for servers, addition in document.items():
        for name, entry in addition.items():
            yield f"[{servers}.{_key(name)}]"
            # A JSON string, or a list of them, is one of TOML as well.
            for key, value in entry.items():
                yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
            yield ""


def _key(name: str) -> str:
    if BARE_KEY.fullmatch(name):
        return name
    return json.dumps(name, ensure_ascii=False)


def _back_up(path: Path) -> Path:
    """Copy a file beside itself, to a name that is free."""
    names = (f"{path.name}.bak{number or ''}" for number in count())
    for name in names:
        backup = path.with_name(name)
        with suppress(FileExistsError):
            mode = path.stat().st_mode & 0o777
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(backup, flags, mode), "wb") as file:
                file.write(path.read_bytes())
            return backup
    raise AssertionError("numbers never end")


def _write(path: Path, content: bytes) -> None:
    """Write a file beside and rename it, so that nobody sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # What clients keep may be secret: a new file is for its user alone.
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
