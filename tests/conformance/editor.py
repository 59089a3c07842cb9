"""An editor: it opens documents with the YAML language server and reads its marks."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Message = dict[str, Any]
ERROR = 1


@dataclass
class Editor:
    """A client of the language server; each document names the schema at its top."""

    server: subprocess.Popen[bytes]
    schema: Path
    opened: int = 0

    def start(self) -> None:
        """Initialize the session."""
        self._ask(
            "initialize", {"processId": None, "rootUri": None, "capabilities": {}}
        )
        self._tell("initialized", {})
        settings = {
            "validate": True,
            "completion": True,
            "hover": True,
            "schemaStore": {"enable": False},
        }
        change = {"settings": {"yaml": settings}}
        self._tell("workspace/didChangeConfiguration", change)

    def marks(self, text: str) -> list[Message]:
        """Open a document, and return its diagnostics."""
        uri = self._open(text)
        for message in self._messages():
            params = message.get("params", {})
            is_said = message.get("method") == "textDocument/publishDiagnostics"
            if is_said and params["uri"] == uri:
                return [
                    diagnostic
                    for diagnostic in params["diagnostics"]
                    if diagnostic["severity"] == ERROR
                ]
        raise AssertionError("the language server has ended")

    def hover(self, text: str, line: int, character: int) -> str:
        """Return the hover text of the word at a line and column, counted from 0."""
        place = {"line": line + 1, "character": character}
        document = {"uri": self._open(text)}
        response = self._ask(
            "textDocument/hover", {"textDocument": document, "position": place}
        )
        return str(response["contents"]["value"])

    def _open(self, text: str) -> str:
        self.opened += 1
        uri = f"file:///specs/{self.opened}.yaml"
        text = f"# yaml-language-server: $schema={self.schema.as_uri()}\n{text}"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _ask(self, method: str, params: Message) -> Any:
        self._send({"id": 1, "method": method, "params": params})
        for message in self._messages():
            if message.get("id") == 1 and "result" in message:
                return message["result"]
        raise AssertionError("the language server has ended")

    def _tell(self, method: str, params: Message) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Message) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self.server.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        stream.flush()

    def _messages(self) -> Iterator[Message]:
        """Yield the server's messages; its requests get empty responses."""
        while (message := self._receive()) is not None:
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": None})
            yield message

    def _receive(self) -> Message | None:
        stream = self.server.stdout
        assert stream is not None
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        content: Message | None = json.loads(stream.read(length)) if length else None
        return content
