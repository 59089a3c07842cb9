"""The layers of a server, by the modules that its stacks run through."""

import re
from collections import Counter
from collections.abc import Iterable

from .peers import SPEC

KERNEL = "kernel: read, write, wait"
LOOP = "event loop: uvloop"
HTTP = "HTTP in and out: uvicorn, httptools"
ROUTING = "routing: Starlette"
SDK = "MCP SDK"
ADAPTER = "adapter: checks, answers"
JSON = "JSON: orjson"
SEAM = "seam to the upstream: deadline, bounds"
CLIENT = "HTTP client: aiohttp"
OTHER = "other"

# A module that isn't here belongs to who called it: C code of httptools to uvicorn,
# yarl to aiohttp or the seam, asyncio's timeouts to the seam.
MODULES = {
    "loop.c": LOOP,
    "uvloop/": LOOP,
    "uvicorn/": HTTP,
    "httptools/": HTTP,
    "starlette/": ROUTING,
    "mcp/": SDK,
    "anyio/": SDK,
    "pydantic/": SDK,
    "orjson/": JSON,
    "json/": JSON,
    "aiohttp/": CLIENT,
    f"{SPEC.stem}/client.py": SEAM,
    f"{SPEC.stem}/rest.py": ADAPTER,
    f"{SPEC.stem}/mcp_server.py": ADAPTER,
    f"{SPEC.stem}/_runtime/upstream/": SEAM,
    f"{SPEC.stem}/_runtime/inputs.py": ADAPTER,
    f"{SPEC.stem}/_runtime/rest/": ADAPTER,
    f"{SPEC.stem}/_runtime/mcp/": ADAPTER,
}
SYSTEM_CALLS = re.compile(
    r"(read|readv|recv|recvmsg|write|writev|send|sendmsg|epoll_p?wait|epoll_ctl) "
    r"\(libc[.-].*"
)
ORDER = (KERNEL, LOOP, HTTP, ROUTING, SDK, ADAPTER, JSON, SEAM, CLIENT, OTHER)


def fold(stacks: Iterable[str]) -> dict[str, float]:
    """Return the share of each layer; a line is a stack, outermost first, and a count.

    A sample belongs to the innermost frame whose layer is known.
    """
    samples: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        samples[_layer(stack)] += int(count)
    total = samples.total()
    return {layer: samples[layer] / total for layer in ORDER if samples[layer]}


def _layer(stack: str) -> str:
    layers = map(_layer_of_frame, reversed(stack.split(";")))
    return next(filter(None, layers), OTHER)


def _layer_of_frame(frame: str) -> str | None:
    """Return the layer of `function (module:line)`."""
    if SYSTEM_CALLS.fullmatch(frame):
        return KERNEL
    module = frame.rpartition(" (")[2]
    layers = (layer for start, layer in MODULES.items() if module.startswith(start))
    return next(layers, None)
