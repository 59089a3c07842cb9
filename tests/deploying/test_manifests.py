"""The manifests of packages: valid, restricted, and true to the spec."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from capabilities import CAPABILITIES

from naftiko_gen import frontend
from naftiko_gen.configuration.options import Options
from naftiko_gen.ir import Capability
from naftiko_gen.tools.deploy.description import describe, remarks
from naftiko_gen.tools.deploy.egress import Egress, Place, egress
from naftiko_gen.tools.deploy.files import files

# It has no types.
KUBERNETES: Any = import_module("kubernetes_validate")
OPTIONS = Options(Path())
HERE = Path(__file__).parent
OLDEST, NEWEST = "1.30", "1.37"
"""The first has `preStop.sleep` by default; no newer schemas than the other's exist."""
DEPLOYED = {
    slug: capability
    for slug, capability in CAPABILITIES.items()
    if any(server.listens for server in capability.servers)
}
VALIDATED = (
    *("authentication", "body-fields", "clients", "mock", "odd", "other-guards"),
    *("shop", "templated-base-uri"),
)
"""Only REST, only MCP and both; without credentials, calls or a known host."""
KUBECTL = shutil.which("kubectl")
MCP_SERVER = yaml.safe_load((HERE / "mcpserver.schema.yaml").read_text("utf-8"))

Manifest = dict[str, Any]


def manifests(capability: Capability, directory: str) -> Iterator[Manifest]:
    """Yield the objects in a directory of a deployment."""
    for file in files(describe(capability, OPTIONS)):
        if file.path.startswith(f"{directory}/") and file.path.endswith(".yaml"):
            objects = yaml.safe_load_all(file.content)
            # A configuration of Kustomize is no object.
            yield from (manifest for manifest in objects if "apiVersion" in manifest)


def of_kind(capability: Capability, kind: str) -> Manifest:
    everything = manifests(capability, "base")
    return next(manifest for manifest in everything if manifest.get("kind") == kind)


def check(manifest: Manifest, *versions: str) -> None:
    """Hold an object against the schema of its kind; there is one for each."""
    for version in versions or (OLDEST,):
        try:
            KUBERNETES.validate(manifest, version, strict=True)
        except KUBERNETES.SchemaNotFoundError:
            match manifest["kind"]:
                case "MCPServer":
                    jsonschema.validate(manifest, MCP_SERVER)
                    check_parts(manifest["spec"])
                case (
                    "CiliumNetworkPolicy"
                    | "Kustomization"
                    | "Component"
                    | "PodMonitor"
                    | "PrometheusRule"
                ):
                    pass
                case other:
                    raise AssertionError(other) from None


def check_parts(spec: Manifest) -> None:
    """Hold the parts of an MCPServer that are Kubernetes' own against its schemas."""
    security = spec["runtime"]["security"]
    container = {
        "name": "server",
        "image": spec["source"]["containerImage"]["ref"],
        "env": spec["config"]["env"],
        "securityContext": security["securityContext"],
        "resources": spec["runtime"]["resources"],
        **spec["runtime"]["health"],
    }
    pod = {"containers": [container], "securityContext": security["podSecurityContext"]}
    metadata = {"name": "server"}
    check({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod})
    check_restricted({"automountServiceAccountToken": False, **pod})


def check_restricted(pod: Manifest) -> None:
    """Check the fields that the standard `restricted` demands, and a fixed root."""
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] == 65532
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert all(
        volume.keys() <= {"name", "secret", "emptyDir"}
        for volume in pod.get("volumes", ())
    )
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["readOnlyRootFilesystem"] is True
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert not any("hostPort" in port for port in container.get("ports", ()))


@pytest.mark.parametrize("slug", DEPLOYED)
def test_manifests_are_restricted_and_agree(slug: str) -> None:
    capability = DEPLOYED[slug]
    deployment = describe(capability, OPTIONS)
    workload = of_kind(capability, "Deployment")["spec"]["template"]["spec"]
    check_restricted(workload)
    (container,) = workload["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    adapters = {port.name: port.number for port in deployment.ports}
    services = of_kind(capability, "Service")["spec"]["ports"]
    assert {port["targetPort"]: port["port"] for port in services} == adapters
    assert ports == {**adapters, "control": deployment.control}
    assert len(set(ports.values())) == len(ports)
    paths = {path for path in map(probe_path, container.values()) if path}
    assert paths == {"/health/live", "/health/ready"}
    names = {variable["name"] for variable in container["env"]}
    expected_names = {
        f"{variable.name}_FILE" if variable.is_private else variable.name
        for variable in capability.all_variables
        if variable.default is None
    }
    assert expected_names - names == {
        f"{name}_FILE" for name in deployment.optional_secrets
    }
    assert bool(deployment.mcp) == any(manifests(capability, "overlays/mcpserver"))


def probe_path(part: object) -> str | None:
    match part:
        case {"httpGet": {"path": str(path), "port": "control"}}:
            return path
        case _:
            return None


def test_scrapes_of_a_guarded_control_adapter_need_its_credential() -> None:
    messages = [*remarks(describe(DEPLOYED["clients"], OPTIONS))]
    assert any("have Prometheus send the credential" in line for line in messages)
    assert not any(
        "Prometheus" in line for line in remarks(describe(DEPLOYED["shop"], OPTIONS))
    )


def test_a_pod_ends_after_its_longest_call() -> None:
    workload = of_kind(DEPLOYED["steps"], "Deployment")["spec"]["template"]["spec"]
    (container,) = workload["containers"]
    environment = {
        variable["name"]: variable.get("value") for variable in container["env"]
    }
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]

    longest = int(environment["STEPS_TIMEOUT"])
    assert workload["terminationGracePeriodSeconds"] > pause + 1 + longest


@pytest.mark.parametrize("slug", VALIDATED)
def test_manifests_are_valid(slug: str) -> None:
    for directory in ("base", "overlays/mcpserver", "components"):
        for manifest in manifests(CAPABILITIES[slug], directory):
            check(manifest, OLDEST, NEWEST)


@pytest.mark.skipif(KUBECTL is None, reason="kubectl isn't installed")
@pytest.mark.parametrize("slug", VALIDATED)
def test_kustomize_renders_every_class(slug: str, tmp_path: Path) -> None:
    capability = CAPABILITIES[slug]
    for file in files(describe(capability, OPTIONS)):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)

    pods = {name: render(tmp_path, name) for name in ("dev", "standard", "premium")}
    base = render(tmp_path, "../base")

    for manifest in pods["premium"].values():
        check(manifest)
    assert {
        name: objects["HorizontalPodAutoscaler"]["spec"]["minReplicas"]
        for name, objects in pods.items()
    } == {"dev": 1, "standard": 2, "premium": 3}
    if describe(capability, OPTIONS).mcp:
        assert render(tmp_path, "mcpserver").keys() == {"MCPServer"}
    own = tmp_path / "overlays" / "own" / "kustomization.yaml"
    own.parent.mkdir()
    components = "components: [../../components/prometheus]"
    own.write_text(f"resources: [../standard]\n{components}\n", encoding="utf-8")
    assert {"PodMonitor", "PrometheusRule", "ConfigMap"} <= render(
        tmp_path, "own"
    ).keys()
    if (tmp_path / "components" / "cilium").exists():
        components = "components: [../../components/cilium]"
        own.write_text(f"resources: [../standard]\n{components}\n", encoding="utf-8")
        policies = render(tmp_path, "own")
        assert policies["CiliumNetworkPolicy"]["spec"]["egress"]
        egress = policies["NetworkPolicy"]["spec"]["egress"]
        assert "0.0.0.0/0" not in str(egress)
        assert "0.0.0.0/0" in str(base["NetworkPolicy"]["spec"]["egress"])


def render(directory: Path, name: str) -> Mapping[str, Manifest]:
    """Return the objects that an overlay renders, by their kinds."""
    command = ["kubectl", "kustomize", str(directory / "overlays" / name)]
    process = subprocess.run(command, capture_output=True, check=False)
    assert process.returncode == 0, process.stderr
    assert not process.stderr
    return {
        manifest["kind"]: manifest for manifest in yaml.safe_load_all(process.stdout)
    }


SPEC = Path(__file__).with_name("manifests.yaml").read_text("utf-8")
API = "a.example.com"


@pytest.mark.parametrize(
    ("address", "places"),
    [
        (f"https://{API}/v1", Egress((Place(API, 443),), ports=(443,))),
        ("http://A.Example.com:81", Egress((Place(API, 81),), ports=(81,))),
        ("https://8.8.8.8/v1", Egress(ranges=(Place("8.8.8.8/32", 443),))),
        (
            "https://[2001:db8::1]:8443",
            Egress(ranges=(Place("2001:db8::1/128", 8443),)),
        ),
        ("http://books", Egress(inside=(Place("books", 80),))),
        ("http://books.shop.svc:81", Egress(inside=(Place("books.shop.svc", 81),))),
        ("https://{{HOST}}/v1", Egress(unknown=("https://{HOST}/v1",), ports=(443,))),
        (
            "http://{{REGION}}.a.b",
            Egress(unknown=("http://{REGION}.a.b",), ports=(80,)),
        ),
        (f"https://{API}/{{{{REGION}}}}", Egress((Place(API, 443),), ports=(443,))),
    ],
)
def test_the_places_of_calls_are_those_of_the_spec(
    address: str, places: Egress, tmp_path: Path
) -> None:
    spec = tmp_path / "shop.yaml"
    spec.write_text(SPEC.replace("ADDRESS", address), encoding="utf-8")
    meaning = frontend.read(spec, Options(tmp_path)).meaning
    assert meaning

    assert egress(meaning.capability) == places
    policy = of_kind(meaning.capability, "NetworkPolicy")
    check(policy)
    rules = policy["spec"]["egress"]
    blocks = [
        to["ipBlock"]["cidr"] for rule in rules for to in rule["to"] if "ipBlock" in to
    ]
    public = ["0.0.0.0/0", "::/0"] if places.ports else []
    assert blocks == [*public, *(place.name for place in places.ranges)]
