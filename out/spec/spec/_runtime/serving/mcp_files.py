"""Adds a server to the configuration file of an MCP client, or removes it."""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from ..errors import NaftikoError

JsonObject = dict[str, Any]
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|(//[^\n]*|/\*.*?\*/)', re.DOTALL)
INDENT = re.compile(r'^\{\s*\n([ \t]+)"')
# Members of a server's entry about its connection: a new entry replaces these.
REACHING = {
    *("command", "args", "type", "source", "env"),
    *("url", "httpUrl", "serverUrl", "headers"),
}


class FileError(NaftikoError):
    """A file that can't be changed; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a change; `backup` is a copy of the previous file."""

    is_changed: bool
    backup: Path | None = None


def rendered(document: JsonObject, path: Path) -> str:
    """Return the document as TOML or JSON, by the suffix of the file."""
    if path.suffix == ".toml":
        return "\n".join(_tables(document))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def add(document: JsonObject, path: Path, *, is_in_project: bool) -> Written:
    """Add the servers and inputs of a document to a file; raises FileError.

    A file that already contains them isn't written. In a project, the file's directory
    mustn't be a symbolic link: a stranger's project may link to any place. A link in
    the user's own configuration is allowed.
    """
    return _change(
        path, lambda text: _added(document, text, path), is_in_project=is_in_project
    )


def remove(servers: str, name: str, path: Path, *, is_in_project: bool) -> Written:
    """Remove a server from the member `servers` of a file; raises FileError."""
    return _change(
        path,
        lambda text: _removed(servers, name, text, path),
        is_in_project=is_in_project,
    )


def _change(
    path: Path, edit: Callable[[str], str | None], *, is_in_project: bool
) -> Written:
    """Write a file's new text, unless it is None, and keep a copy of the file."""
    if is_in_project and path.parent.is_symlink():
        raise FileError(f"{path.parent} is a link")
    try:
        text = _read(path)
        new = edit(text or "")
        if new is None:
            return Written(is_changed=False)
        backup = None if text is None else _back_up(path)
        _write(path, new.encode())
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None
    return Written(is_changed=True, backup=backup)


def _read(path: Path) -> str | None:
    """Return the text of a file, or None if it doesn't exist."""
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
    """Return the new text of a file, or None if nothing has to be added."""
    add_to = _added_to_toml if path.suffix == ".toml" else _added_to_json
    try:
        return add_to(document, text, path)
    except RecursionError:
        raise FileError(f"{path} is nested too deeply") from None


def _removed(servers: str, name: str, text: str, path: Path) -> str | None:
    """Return the new text of a file, or None if nothing has to be removed."""
    remove_from = _removed_from_toml if path.suffix == ".toml" else _removed_from_json
    try:
        return remove_from(servers, name, text, path)
    except RecursionError:
        raise FileError(f"{path} is nested too deeply") from None


def _added_to_json(document: JsonObject, text: str, path: Path) -> str | None:
    old = _parsed(text, path) if text.strip() else {}
    new = _merged(old, document, path)
    return None if new == old else _shown(new, text, path)


def _removed_from_json(servers: str, name: str, text: str, path: Path) -> str | None:
    old = _object(_parsed(text, path) if text.strip() else {}, path)
    others = dict(_object(old.get(servers, {}), path))
    if name not in others:
        return None
    removed = others.pop(name)
    new = {**old, servers: others}
    if isinstance(inputs := old.get("inputs"), list):
        new["inputs"] = [one for one in inputs if not _asks(one, removed, others)]
    return _shown(new, text, path)


def _asks(question: Any, removed: Any, others: JsonObject) -> bool:
    """Return whether an input was only for the removed server."""
    name = question.get("id") if isinstance(question, dict) else None
    reference = f"${{input:{name}}}"
    return reference in json.dumps(removed) and reference not in json.dumps(others)


def _shown(new: JsonObject, text: str, path: Path) -> str:
    """Return a document as JSON, with the indentation of the text before."""
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
    """Return the old document with the servers and inputs of the new one added."""
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
    """Append the added inputs whose ids are new."""
    if not isinstance(inputs, list):
        raise FileError(f"{path} has another value where a list is expected")
    ids = [one.get("id") for one in inputs if isinstance(one, dict)]
    return [*inputs, *(one for one in addition if one["id"] not in ids)]


def _replaced(old: JsonObject, entry: JsonObject) -> JsonObject:
    """Return the new entry with the old entry's other settings and filled-in values."""
    settings = {name: value for name, value in old.items() if name not in REACHING}
    holder = "env" if "command" in entry else "headers"
    values = old.get(holder)
    if not isinstance(values, dict):
        return {**entry, **settings}
    return {**entry, holder: {**entry.get(holder, {}), **values}, **settings}


def _added_to_toml(document: JsonObject, text: str, path: Path) -> str | None:
    """Append a table to the text, so that the file's comments are kept."""
    old = _toml_document(text, path)
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


def _removed_from_toml(servers: str, name: str, text: str, path: Path) -> str | None:
    """Cut the table from the text, so that the file's comments are kept."""
    old = _toml_document(text, path)
    others = dict(_object(old.get(servers, {}), path))
    if others.pop(name, None) is None:
        return None
    table = re.escape(f"[{servers}.{_key(name)}")
    new = re.sub(rf"^{table}[].](?s:.*?)(?=^\[|\Z)", "", text, flags=re.MULTILINE)
    with suppress(tomllib.TOMLDecodeError):
        if {servers: {}, **tomllib.loads(new)} == {**old, servers: others}:
            return new
    raise FileError(f"{path} writes the table {servers}.{_key(name)} in another form")


def _toml_document(text: str, path: Path) -> JsonObject:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise FileError(f"{path} is not TOML") from None


def _tables(document: JsonObject) -> Iterator[str]:
    for servers, addition in document.items():
        for name, entry in addition.items():
            yield f"[{servers}.{_key(name)}]"
            for key, value in entry.items():
                yield f"{key} = {_toml(value)}"
            yield ""


def _toml(value: Any) -> str:
    """Return a text, a list of texts or an object of texts as TOML."""
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    # JSON strings, and lists of them, are valid TOML.
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    if BARE_KEY.fullmatch(name):
        return name
    return json.dumps(name, ensure_ascii=False)


def _back_up(path: Path) -> Path:
    """Copy a file to an unused name in its directory."""
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
    """Write a temporary file and rename it, so that no reader sees a partial file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The file may contain secrets, so a new file is readable only by its user.
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
