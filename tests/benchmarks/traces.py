"""Measure how much more processor time a call takes when it is traced.

All servers run in turns in one run, so their ratios hold on a busy machine. Needs
Linux, and an environment with naftiko-gen, the libraries of packages and
opentelemetry-sdk.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

SPEC = Path(__file__).parents[1] / "behaviour" / "traces.yaml"
REST, MCP, UPSTREAM = 9871, 9872, 9873
CALLS, CONNECTIONS, ROUNDS = 2000, 8, 7
TICK = os.sysconf("SC_CLK_TCK")
WITHOUT_SDK = "API, no SDK"
VARIANTS: Mapping[str, Mapping[str, str]] = {
    "untraced": {"OTEL_SDK_DISABLED": "true"},
    WITHOUT_SDK: {},
    "SDK, exporter none": {"OTEL_TRACES_EXPORTER": "none"},
    "SDK that samples nothing": {
        "OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider",
        "OTEL_TRACES_SAMPLER": "always_off",
    },
    "SDK that discards spans": {"OTEL_PYTHON_TRACER_PROVIDER": "sdk_tracer_provider"},
}
BODY = b'{"author":"1"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TOOL = (
    b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":'
    b'{"name":"get-book","arguments":{"id":"1"}}}'
)
REQUESTS = {
    REST: b"GET /books/1?note=a HTTP/1.1\r\nHost: localhost:%d\r\nX-Note: a\r\n\r\n"
    % REST,
    MCP: b"POST /mcp HTTP/1.1\r\nHost: localhost:%d\r\nAccept: application/json\r\n"
    b"Content-Type: application/json\r\nMCP-Protocol-Version: 2025-11-25\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (MCP, len(TOOL), TOOL),
}


def main() -> None:
    """Print the processor time of a call for each variant, and its ratio."""
    with TemporaryDirectory() as directory, ExitStack() as stack:
        command = [sys.executable, "-m", "naftiko_gen", str(SPEC), "-q"]
        subprocess.run([*command, "-o", directory], check=True)
        upstream = [sys.executable, __file__, "upstream"]
        stack.callback(subprocess.Popen(upstream).terminate)
        figures: dict[tuple[int, str], list[float]] = {}
        for _ in range(ROUNDS):
            for name, variables in VARIANTS.items():
                with serving(Path(directory) / "traces", variables) as server:
                    for port in REQUESTS:
                        asyncio.run(load(port, CALLS // 4))  # warms up
                        before = processor_time(server)
                        asyncio.run(load(port, CALLS))
                        cost = (processor_time(server) - before) / CALLS
                        figures.setdefault((port, name), []).append(cost)
    for port, adapter in ((REST, "rest"), (MCP, "mcp")):
        usual = median(figures[port, "untraced"])
        for name in VARIANTS:
            cost = median(figures[port, name])
            ratio = cost / usual
            print(f"{adapter:5}{name:26}{cost * 1e6:6.0f} us {ratio:6.3f}")


@contextmanager
def serving(
    project: Path, variables: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the package until the end of the block."""
    env = {
        "PATH": os.environ["PATH"],
        "LIBRARY_KEY": "key",
        "STORE_BASE_URI": f"http://127.0.0.1:{UPSTREAM}",
        "REST_PORT": str(REST),
        "MCP_PORT": str(MCP),
        **variables,
    }
    command = [sys.executable, "-m", "traces", "serve"]
    with subprocess.Popen(command, cwd=project, env=env) as server:
        try:
            asyncio.run(wait_for_start())
            yield server
        finally:
            server.terminate()


async def wait_for_start() -> None:
    """Wait until both adapters answer."""
    for port in REQUESTS:
        while True:
            try:
                await load(port, CONNECTIONS)
                break
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.1)


def processor_time(server: "subprocess.Popen[bytes]") -> float:
    """Return the seconds of processor time that a process has spent."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def load(port: int, calls: int) -> None:
    """Send requests over several connections, one after the other on each."""
    share = calls // CONNECTIONS
    await asyncio.gather(*(_calls(port, share) for _ in range(CONNECTIONS)))


async def _calls(port: int, calls: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(calls):
        writer.write(REQUESTS[port])
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise ValueError(head.decode())
        length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        await reader.readexactly(int(length))
    writer.close()


async def upstream() -> None:
    """Answer every request that has no body."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            length = b"Content-Length: %d\r\n\r\n" % len(BODY)
            writer.write(ANSWER + length + BODY)

    server = await asyncio.start_server(answer, "127.0.0.1", UPSTREAM)
    await server.serve_forever()


if __name__ == "__main__":
    if "upstream" in sys.argv:
        asyncio.run(upstream())
    else:
        main()
