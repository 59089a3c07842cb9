"""The official SDK's handling of plain requests, as digests of its source."""

import inspect
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from pkgutil import resolve_name

READ: dict[str, dict[str, str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text("utf-8")
)
"""The source that was read for it, by module: functions and models, with digests."""

ADVICE = """\
The SDK does something else with requests than the short way was written by. Read what
has changed, and messages.py, offers.py and transports.py in
templates/runtime/naftiko_runtime/mcp again: a request that they answer must still get
the SDK's answer, and one that the SDK refuses must not be answered. Compare many
requests (NAFTIKO_DIRECT_CALLS=50000 pytest tests/behaviour/test_direct_calls.py), then
write the new digests into tests/behaviour/sdk_checks.json."""


def changed_sources() -> Iterator[str]:
    """Yield the names whose source has changed, with the new digests."""
    for module, digests in READ.items():
        for name, digest in digests.items():
            now = _digest(resolve_name(f"{module}:{name}"))
            if now != digest:
                yield f"{module}:{name} {now}"


def _digest(member: object) -> str:
    """Return a digest of source code without comments, docstrings and layout."""
    code = member.fget if isinstance(member, property) else member
    assert inspect.isclass(code) or inspect.isfunction(code)
    source = re.sub(r'"""[\s\S]*?"""|#.*|\s+', "", inspect.getsource(code))
    return sha256(source.encode()).hexdigest()[:12]
