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
    """A JSON document of so many bytes."""

    name: str
    size: int

    @property
    def path(self) -> str:
        """Return where every server has it."""
        return f"/documents/{self.name}"

    @property
    def label(self) -> str:
        """Return its size as people say it."""
        return f"{self.size // 1024} KB"

    def content(self) -> bytes:
        """Return an object of as many records as fit."""
        record = len(_serialised(1, 0)) - len(_serialised(0, 0)) + len(", ")
        records = (self.size - len(_serialised(0, 0))) // record
        return _serialised(records, self.size - len(_serialised(records, 0)))


DOCUMENTS = (Document("1k", 1024), Document("50k", 50 * 1024))


def write(directory: Path) -> None:
    """Write the documents to where the upstream serves them."""
    served = directory / "documents"
    served.mkdir()
    for document in DOCUMENTS:
        (served / document.name).write_bytes(document.content())


def _serialised(records: int, filling: int) -> bytes:
    document = {"records": [RECORD] * records, "filling": "." * filling}
    return json.dumps(document, ensure_ascii=False).encode()
