"""The dashboard, rules and monitor of a deployment agree with the runtime's metrics."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml
from capabilities import CAPABILITIES

from naftiko_gen.configuration.options import Options
from naftiko_gen.tools.deploy.description import describe
from naftiko_gen.tools.deploy.files import files
from naftiko_runtime.observing import metrics

SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "gauge": ("",),
    "unknown": ("",),
}
FOLDER = "components/prometheus/"
METRIC = re.compile(r"\b(?:naftiko|http|mcp)_[a-z_]+(?=\{)")
LABELS = re.compile(r"by \(([^)]*)\)|([a-z_]+)(?:=~|!=|=)'")
OF_PROMETHEUS = {"job", "le"}


@pytest.fixture(scope="module")
def labels() -> dict[str, set[str]]:
    """The labels of each name in a scrape, by the runtime's own table."""
    recorder = metrics.Recorder()
    scrape = metrics.Scrape("shop", {}, lambda: True, recorder.registry)
    views = chain.from_iterable(metrics.VIEWS.values())
    own_metrics = (*metrics.GAUGES, metrics.REFUSALS)
    by_metric = {
        **{view.name: view.labels for view in views},
        **{name: names for name, _, names in own_metrics},
    }
    return {
        f"{metric.name}{suffix}": {*by_metric.get(metric.name, ())}
        for metric in scrape.collect()
        for suffix in SUFFIXES[metric.type]
        if metric.name in by_metric or metric.name == "naftiko_capability_active"
    }


def contents() -> dict[str, bytes]:
    deployment = describe(CAPABILITIES["shop"], Options(Path()))
    return {
        file.path.removeprefix(FOLDER): file.content
        for file in files(deployment)
        if file.path.startswith(FOLDER)
    }


def queries() -> Iterator[str]:
    """Yield each expression of the dashboard and of the rules."""
    monitoring = contents()
    for panel in json.loads(monitoring["dashboard.json"])["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for group in yaml.safe_load(monitoring["rules.yaml"])["spec"]["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


@pytest.mark.parametrize("query", [*queries()])
def test_queries_name_metrics_of_the_runtime(
    query: str, labels: dict[str, set[str]]
) -> None:
    names = METRIC.findall(query)
    assert names
    assert {*names} <= labels.keys()
    words = {
        word.strip()
        for group, label in LABELS.findall(query)
        for word in (group or label).split(",")
    }
    assert words <= set.union(*(labels[name] for name in names)) | OF_PROMETHEUS


def test_the_monitor_finds_the_pods() -> None:
    monitor = yaml.safe_load(contents()["monitor.yaml"])["spec"]
    deployment = describe(CAPABILITIES["shop"], Options(Path()))
    [workload] = (
        manifest["spec"]
        for file in files(deployment)
        if file.path == "base/workload.yaml"
        for manifest in yaml.safe_load_all(file.content)
        if manifest["kind"] == "Deployment"
    )
    pod = workload["template"]
    [endpoint] = monitor["podMetricsEndpoints"]
    ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}

    assert monitor["selector"]["matchLabels"] == pod["metadata"]["labels"]
    assert endpoint["port"] in ports
    job = pod["metadata"]["labels"][monitor["jobLabel"]]
    rules = contents()["rules.yaml"].decode()
    assert {*re.findall("job='([^']*)'", rules)} == {job}
