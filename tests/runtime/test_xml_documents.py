"""Documents of XML, as the upstream sends them."""

from __future__ import annotations

import pytest

from naftiko_runtime.outputs import xml
from naftiko_runtime.transport import Reply


def test_deep_documents_are_refused_at_their_first_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    depths = []
    decide = xml._is_child_of_root

    def record(path: list[object], name: str, value: object) -> bool:
        depths.append(len(path))
        return decide(path, name, value)

    monkeypatch.setattr(xml, "_is_child_of_root", record)
    body = b"<a>" * 2000 + b"</a>" * 2000
    with pytest.raises(ValueError, match="nested too deeply"):
        xml.xml_document(Reply(200, (), body))
    assert depths == [1999]
