"""The metrics of served packages, as Prometheus scrapes and reads them."""

import asyncio
import json
import os
import re
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import yaml
from odd_requests import LEGACY, MODERN, plain, post
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from service import Package, Service, running

from case_tables import named_table
from recording_upstream import Answer, Received, RecordingUpstream, recording
from waiting import PATIENCE, eventually

SPEC = Path(__file__).with_name("metrics.yaml")
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
FACTS = named_table(__file__, "metric_facts")
TYPES: dict[str, str] = FACTS["types"]
STARTING = 1
"""The requests to each adapter by which a test sees that it has started."""
EVERYTHING = 5 + 2 * 2 * 4
"""The calls of `call_everything`."""
GROUPING = re.compile(r"by \(([^)]*)\)")
QUERY = re.compile(r"\b(naftiko_\w+)(?:\{([^}]*)\})?")


class Ships(RecordingUpstream):
    """An upstream whose paths say how it answers."""

    def answer_to(self, request: Received, /) -> Answer:
        if request.target == "/crew":
            return Answer(b'[{"id": 1, "name": "Ann"}]')
        status = request.target.removeprefix("/ships/")
        return Answer(b'{"crew": [1]}', status=int(status) if status.isdigit() else 200)


class Fleet:
    """A running package: its calls, and a scrape of it."""

    def __init__(self, service: Service, client: httpx2.AsyncClient) -> None:
        self.service = service
        self._client = client

    async def get(self, path: str) -> int:
        url = self.service.url("rest") + path
        return (await self._client.get(url)).status_code

    async def tool(self, revision: str, name: str, imo: str, accept: str = "") -> None:
        draft = plain(revision, name, {"imo": imo})
        draft = draft.with_field("accept", accept) if accept else draft
        await post(self.service.url("mcp"), draft)

    async def scrape(self, **headers: str) -> list[Metric]:
        url = f"{self.service.url('control')}/metrics"
        reply = await self._client.get(url, headers=headers)
        assert reply.status_code == 200
        return list(text_string_to_metric_families(reply.text))

    async def has_counted(self, calls: int) -> None:
        """Wait for the count of calls, each of which comes after its answer."""
        while await self.count("http_server_request_duration_seconds_count") < calls:
            pass

    async def count(self, name: str, **labels: str) -> float:
        return total(await self.scrape(), name, **labels)


def total(metrics: Iterable[Metric], name: str, **labels: str) -> float:
    """Return the sum of the series that have these labels."""
    return sum(
        sample.value
        for metric in metrics
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@asynccontextmanager
async def serving(
    package: Package,
    *arguments: str,
    upstream: RecordingUpstream | None = None,
    **variables: str,
) -> AsyncIterator[Fleet]:
    """Serve the package of ships; yield it once all its workers are ready."""
    async with (
        recording(upstream or Ships()) as address,
        httpx2.AsyncClient(timeout=PATIENCE) as http,
    ):
        env = {**variables, "REGISTRY_BASE_URI": f"http://{address}"}
        with running(package, "serve", *arguments, **env) as service:
            await asyncio.to_thread(is_ready, service)
            yield Fleet(service, http)


async def call_everything(fleet: Fleet) -> None:
    """Make calls of each kind that end in each way."""
    for status in ("200", "404", "500", "502"):
        assert await fleet.get(f"/ships/{status}") == int(status)
    assert await fleet.get("/SECRET") == 404
    for revision in (LEGACY, MODERN):
        for accept in ("", "application/json;q=0.9, text/event-stream"):
            await fleet.tool(revision, "get-ship", "200", accept)
            await fleet.tool(revision, "get-ship", "500", accept)
            await fleet.tool(revision, "get-crew", "SECRET", accept)
            await fleet.tool(revision, "SECRET", "200", accept)


@pytest.mark.parametrize("workers", ["1", "3"])
async def test_calls_are_counted_by_operation_and_outcome(
    package: Package, workers: str
) -> None:
    async with serving(package, "--workers", workers) as fleet:
        await call_everything(fleet)
        await fleet.has_counted(EVERYTHING + 2 * STARTING)
        metrics = await fleet.scrape()

    for name, counts in FACTS["counts"].items():
        labels, *rows = counts
        expected = {tuple(values): count for *values, count in rows}
        assert series_of(metrics, name, labels) == expected, name
    assert total(metrics, "naftiko_capability_active", capability_name="Fleet") == 1
    for metric in metrics:
        for sample in metric.samples:
            assert "SECRET" not in str(sample)
            if metric.name in TYPES:
                assert sample.labels["tag_team"] == "search"
                assert sample.labels["tag_cost_centre"] == "42"
    assert {
        metric.name: metric.type for metric in metrics if metric.name in TYPES
    } == TYPES
    series = ((name, set(labels.split())) for name, labels in FACTS["labels"].items())
    assert lacking(metrics, series) == []


def series_of(
    metrics: list[Metric], name: str, labels: list[str]
) -> dict[tuple[str, ...], float]:
    """Return the sums of series that differ by these labels."""
    series: dict[tuple[str, ...], float] = defaultdict(float)
    for metric in metrics:
        for sample in metric.samples:
            if sample.name == name:
                values = (sample.labels[label] for label in labels)
                series[tuple(values)] += sample.value
    return dict(series)


def is_ready(service: Service) -> None:
    url = f"{service.url('control')}/health/ready"
    eventually(lambda: httpx2.get(url, timeout=PATIENCE).status_code == 200)


def lacking(
    metrics: list[Metric], expected: Iterable[tuple[str, set[str]]]
) -> list[tuple[str, set[str]]]:
    """Return the names of series that no series has with these labels."""
    labels: dict[str, set[str]] = {}
    for metric in metrics:
        for sample in metric.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return [
        (name, names)
        for name, names in expected
        if not names <= labels.get(name, set())
    ]


async def test_counts_of_a_killed_worker_stay(package: Package, tmp_path: Path) -> None:
    directory = tmp_path / "counts"
    async with serving(
        package, "--workers", "2", PROMETHEUS_MULTIPROC_DIR=str(directory)
    ) as fleet:
        service, watching = fleet.service, 3
        await asyncio.to_thread(eventually, lambda: len(service.children()) == watching)
        for _ in range(10):
            await fleet.get("/ships/200")
        await fleet.has_counted(10 + 2 * STARTING)
        for process in service.children():
            os.kill(process, signal.SIGKILL)
        line = "another starts"
        await asyncio.to_thread(
            eventually, lambda: service.output.count(line) == watching
        )
        await fleet.get("/ships/200")
        await fleet.has_counted(11 + 2 * STARTING)
        route = {"naftiko_operation_id": "/ships/{imo} GET"}
        assert await fleet.count("naftiko_request_total", **route) == 11
        assert await fleet.count("http_server_active_requests") == 0
        # A worker goes on in the files of the one that it replaces.
        places = {file.stem.rpartition("_")[2] for file in directory.iterdir()}
        assert places <= {"-1", "0", "1", "2"}


@pytest.mark.parametrize(
    ("mode", "owner", "fault"),
    [(0o777, 0, "everybody may write to it"), (0o700, 1, "it is another user's")],
)
def test_counts_of_strangers_are_not_trusted(
    package: Package, tmp_path: Path, mode: int, owner: int, fault: str
) -> None:
    tmp_path.chmod(mode)
    if owner:
        try:
            os.chown(tmp_path, os.getuid() + owner, -1)
        except PermissionError:
            pytest.skip("only root may give a directory away")
    (tmp_path / "counter_1.db").touch()
    env = {**package.free_ports(), DIRECTORY: str(tmp_path)}
    process = package.run("serve", "--workers", "2", **env)
    assert process.returncode == 1
    assert f"{fault}; set {DIRECTORY} to " in process.stderr
    assert (tmp_path / "counter_1.db").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_calls_in_flight_and_cancelled_calls_are_counted(
    package: Package, workers: str
) -> None:
    upstream = Ships()
    async with serving(package, "--workers", workers, upstream=upstream) as fleet:
        upstream.gate.clear()
        call = asyncio.create_task(fleet.get("/ships/200"))
        await upstream.arrived.wait()
        assert await fleet.count("http_server_active_requests") == 1
        assert await fleet.count("http_client_active_requests") == 1
        call.cancel()
        while not await fleet.count("naftiko_request_cancelled_total"):
            pass
        assert await fleet.count("http_server_active_requests") == 0
        assert await fleet.count("naftiko_request_errors") == 0
        upstream.gate.set()


async def test_refusals_are_counted_and_a_scraper_chooses_the_text(
    package: Package,
) -> None:
    async with serving(package) as fleet, httpx2.AsyncClient(timeout=PATIENCE) as http:
        assert await fleet.get("/" + "a" * 20_000) == 414
        metric = "naftiko_request_refused_total"
        assert await fleet.count(metric, http_response_status_code="414") == 1

        url = f"{fleet.service.url('control')}/metrics"
        kind = "application/openmetrics-text; version=1.0.0"
        reply = await http.get(url, headers={"Accept": kind})
        assert reply.headers["Content-Type"].startswith(kind)
        assert reply.text.endswith("# EOF\n")
        assert reply.headers["Content-Encoding"] == "gzip"
        plain_text = await http.get(url, headers={"Accept-Encoding": "identity"})
        assert plain_text.headers["Content-Type"].startswith("text/plain")
        assert "Content-Encoding" not in plain_text.headers
        assert (await http.head(url)).content == b""
        assert (await http.post(url)).status_code == 405


async def test_rules_and_dashboard_find_what_they_ask_for(
    package: Package, reference: Path
) -> None:
    directory = reference / "corpus" / "ikanos" / "dashboards"
    if not directory.is_dir():
        pytest.skip("the rules and the dashboard of Ikanos aren't here")
    queries = list(_queries(directory))
    expected = [
        (name, set(re.findall(r"(\w+) *[=!]", labels or "")))
        for query in queries
        for name, labels in QUERY.findall(GROUPING.sub("", query))
    ]
    assert len({name for name, _ in expected}) == 7
    async with serving(package) as fleet:
        await call_everything(fleet)
        await fleet.has_counted(EVERYTHING + 2 * STARTING)
        metrics = await fleet.scrape()
    assert lacking(metrics, expected) == []
    groupings = (labels for query in queries for labels in GROUPING.findall(query))
    grouped_by = {label for labels in groupings for label in labels.split(", ")}
    sample_labels = {
        label for metric in metrics for s in metric.samples for label in s.labels
    }
    assert grouped_by <= sample_labels
    assert total(
        metrics, "naftiko_http_client_total", http_response_status_code="5xx"
    ), "5.. matches the class"


def _queries(directory: Path) -> Iterable[str]:
    rules = yaml.safe_load((directory / "alerts.yml").read_text("utf-8"))
    for group in rules["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    expressions: list[str] = []
    board = (directory / "grafana-ikanos.json").read_bytes()
    json.loads(board, object_hook=lambda part: expressions.append(part.get("expr", "")))
    yield from filter(None, expressions)


def test_nothing_is_counted_without_a_control_port(package: Package) -> None:
    code = f"""\
import sys
from RUNTIME.observing.calls import OBSERVERS
from RUNTIME.serving import listening
from {package.module}.__main__ import main

listening.run = lambda main: main.close()
sys.argv = ["fleet", "rest", "--mock", "--port", "0"]
try:
    main()
finally:
    print(OBSERVERS, "prometheus_client" in sys.modules)
"""
    fresh = replace(package, is_forked=False)
    assert fresh.execute(code).stdout == "[] False\n"


def test_the_page_of_metrics_names_the_missing_library(package: Package) -> None:
    code = f"""\
import asyncio, json, sys
sys.modules["prometheus_client"] = None
from RUNTIME.serving import listening
from {package.module}.__main__ import main

async def ask(served, *_):
    [control] = [one.app for one in served if one.is_last]
    async def tell(message):
        print(message.get("status") or json.loads(message["body"])["detail"])
    path = {{"type": "http", "method": "GET", "path": "/metrics"}}
    await control({{**path, "headers": []}}, None, tell)

listening.serve = ask
sys.argv = ["fleet", "serve", "--mock"]
main()
"""
    ran = package.execute(code)
    message = "/metrics needs prometheus-client: install the extra `metrics`"
    assert ran.stdout == f"501\n{message}\n"
    assert f"metrics: {message}\n" in ran.stderr
