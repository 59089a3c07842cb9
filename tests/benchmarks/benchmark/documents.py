"""The documents that the upstream answers, and every server passes on."""

import json
from dataclasses import dataclass
from pathlib import Path

RECORD = {
    "id": "run-000001",
    "status": "running",
    "progress": 0.125,
    "tags": ["grüße", "training"],
    "owner": {"team": "research", "member": 7},
}


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document of so many bytes, or an empty answer; `label` is its size."""

    label: str
    size: int

    @property
    def name(self) -> str:
        """Return its name in URLs."""
        return self.label.replace(" ", "").lower()

    @property
    def path(self) -> str:
        """Return where every server has it."""
        return f"/documents/{self.name}"

    def content(self) -> bytes:
        """Return an object of as many records as fit."""
        if not self.size:
            return b""
        record = len(_serialise(1, 0)) - len(_serialise(0, 0)) + len(", ")
        records = (self.size - len(_serialise(0, 0))) // record
        return _serialise(records, self.size - len(_serialise(records, 0)))


DOCUMENTS = (Document("1 KB", 1024), Document("50 KB", 50 * 1024))
EXTREMES = (Document("0 KB", 0), Document("1 MB", 1024 * 1024))


def write(directory: Path) -> None:
    """Write the documents to where the upstream serves them."""
    documents = directory / "documents"
    documents.mkdir()
    for document in (*DOCUMENTS, *EXTREMES):
        (documents / document.name).write_bytes(document.content())


def _serialise(records: int, filling: int) -> bytes:
    document = {"records": [RECORD] * records, "filling": "." * filling}
    return json.dumps(document, ensure_ascii=False).encode()
