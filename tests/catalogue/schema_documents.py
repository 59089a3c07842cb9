"""Random documents that are valid by an official schema, whose references resolve."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from official_schemas import OfficialSchema, View

Json = Any
Node = dict[str, Any]

PATTERNS = {
    r"^[a-zA-Z][a-zA-Z0-9+.-]*://": ["file:///./secrets.yaml", "env://", "vault://x/y"],
    r"^[A-Z][A-Z0-9_]*$": ["TOKEN", "KEY", "OTHER_KEY"],
    r"^[a-zA-Z0-9-]+$": ["things", "list-things", "get-thing", "alpha", "Beta2"],
    r"^[a-zA-Z0-9-_*]+$": ["id", "page_size", "Name", "x-key"],
    r"^[a-zA-Z0-9-_.]+$": ["result", "thing.name", "thing.kind", "total_count"],
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$": ["2026-01-31", "1999-12-01"],
    r"^[a-zA-Z0-9._%+\-]+@[a-zA-Z0-9.\-]+\.[a-zA-Z]{2,}$": ["ann@example.com"],
    r"^[a-zA-Z0-9-]+\.[a-zA-Z0-9-]+$": ["things.list-things"],
    r"^file:///": ["file:///./scripts"],
    r"^https?://[^/]+(/[^{]*)?$": ["https://api.example.com/v1", "http://x.example"],
    r"^\d+(\.\d+)?(B|KiB|MiB|GiB)$": ["10MiB", "1.5KiB"],
    r"^[1-5][0-9X]{2}$": ["200", "404", "5XX"],
}
"""Texts for each pattern of the schemas but for those of addresses and media types."""
ADDRESSES = ["localhost", "127.0.0.1", "::1", "api.example.com"]
MEDIA_TYPES = ["application/json", "image/png", "text/plain; charset=utf-8"]
WORDS = ["things", "A text.", "id", "Ünïcode", "42"]
BY_PROPERTY: dict[str, list[Json]] = {
    "action": ["get-thing"],
    "authorizationServerUri": ["https://login.example.com"],
    "audience": ["https://api.example.com"],
    "resource": ["https://api.example.com"],
    "scopes": ["read", "things:write"],
    "tokenEndpoint": ["https://login.example.com/token"],
    "baseUri": PATTERNS[r"^https?://[^/]+(/[^{]*)?$"],
    "const": ["fixed", "x"],
    "description": ["Describes it.", "A description, with a comma."],
    "file": ["script.py"],
    "from": ["./shared.yaml"],
    "instruction": ["guide.md"],
    "key": ["X-Key", "api_key"],
    "location": ["./shared.yaml"],
    "lookupValue": ["$.first.id", "{{id}}"],
    "mapping": ["$.id", "$.items[0].name", "$.", "$['a b']"],
    "match": ["id"],
    "outputSchema": ["table.x", "Heading"],
    "password": ["{{KEY}}"],
    "path": ["/things", "/things/{{id}}", "/", "/a/b.json"],
    "template": ["Say {{id}}.", "Plain."],
    "token": ["{{TOKEN}}"],
    "uri": ["data://things", "data://things/{id}"],
    "username": ["{{KEY}}", "ann"],
    "value": ["$.id", "fixed", "{{id}}"],
}
"""Texts for properties without a pattern."""
UNIONS = ("oneOf", "anyOf")
FILLED = {"keys", "operations", "resources", "skills", "tools"}
"""Lists and mappings that aren't empty."""
MUST = {
    "Document": {"naftiko", "ikanos", "capability", "binds"},
    "Capability": {"consumes", "exposes"},
    "ConsumesHttp": {"resources"},
    "ExposesRest": {"resources"},
    "ExposesSkill": {"skills"},
    "ConsumedHttpResource": {"operations"},
    "ExposedResource": {"operations"},
}
"""Optional properties that every document has."""


@dataclass
class Generator:
    """Makes documents by a schema."""

    schema: OfficialSchema
    random: Random
    _depth: int = 0

    def document(self) -> Json:
        """Return a valid document of a capability."""
        for _ in range(200):
            document = self.draft()
            if self.schema.is_valid(document):
                return document
        raise AssertionError(f"no valid document of {self.schema.name}")

    def draft(self) -> Json:
        """Return a document that is probably valid."""
        root = _without(self.schema.root, "oneOf")
        document = self._value(root, "Document", "")
        for name in ("consumes", "exposes", "aggregates"):
            document.pop(name, None)
        return Repair(self.random, document).repair()

    def _value(self, node: Json, definition: str, name: str) -> Json:
        if not isinstance(node, dict) or not node.keys() - {"description"}:
            return self.random.choice([*WORDS, 1, True])
        node, definition = self._flat(node, definition)
        if "const" in node:
            return node["const"]
        if "enum" in node:
            return self.random.choice(node["enum"])
        kind = node.get("type", "object" if "properties" in node else "string")
        if isinstance(kind, list):
            kind = self.random.choice(kind)
        self._depth += 1
        try:
            return self._of_kind(kind, node, definition, name)
        finally:
            self._depth -= 1

    def _of_kind(self, kind: str, node: Node, definition: str, name: str) -> Json:
        match kind:
            case "object":
                return self._object(node, definition, name)
            case "array":
                count = max(node.get("minItems", 0), name in FILLED) + self._more(1)
                item = node.get("items", {"type": "string"})
                return [self._value(item, definition, name) for _ in range(count)]
            case "integer" | "number":
                least, most = node.get("minimum", 0), node.get("maximum", 9000)
                return self.random.randint(int(least), int(most))
            case "boolean":
                return self.random.random() < 0.5
            case _:
                return self._text(node, name)

    def _text(self, node: Node, name: str) -> str:
        pattern = node.get("pattern")
        if pattern in PATTERNS:
            return self.random.choice(PATTERNS[pattern])
        texts = BY_PROPERTY.get(name, WORDS)
        if pattern is not None:
            others = (texts, ADDRESSES, MEDIA_TYPES)
            texts = [t for ts in others for t in ts if re.search(pattern, t)]
        return str(self.random.choice(texts))

    def _object(self, node: Node, definition: str, name: str) -> Json:
        properties: Node = node.get("properties", {})
        required = set(node.get("required", ())) | MUST.get(definition, set())
        chance = max(0.1, 0.55 - 0.05 * self._depth)
        members = {}
        for key, part in properties.items():
            is_made = key in required or self.random.random() < chance
            if is_made and part is not False and key not in _forbidden_names(node):
                members[key] = self._value(part, definition, key)
        others = node.get("additionalProperties")
        if isinstance(others, dict) and not properties:
            members |= self._named_members(node, others, definition, name)
        return members

    def _named_members(
        self, node: Node, part: Node, definition: str, name: str
    ) -> Node:
        names = self._flat(node.get("propertyNames", {}), definition)[0]
        least = max(node.get("minProperties", 0), name in FILLED)
        return {
            self._text(names, "name"): self._value(part, definition, "")
            for _ in range(least + self._more(1))
        }

    def _flat(self, node: Node, definition: str) -> tuple[Node, str]:
        """Return a part without references and alternatives, by choosing among them."""
        if "$ref" in node:
            view: View = self.schema.resolve(node["$ref"])
            others = {key: node[key] for key in node if key != "$ref"}
            union = _merge(view.node, others) if others.keys() - NOTES else view.node
            return self._flat(union, view.definition)
        for part in node.get("allOf", ()):
            node = _merge(_without(node, "allOf"), self._flat(part, definition)[0])
        for keyword in UNIONS:
            if keyword in node:
                parts = node[keyword]
                # Alternatives at the end may have parts of their own kind.
                part = parts[0] if self._is_deep else self.random.choice(parts)
                choice, of = self._flat(part, definition)
                union = _merge(_without(node, keyword), choice)
                others = parts if keyword == "oneOf" else []
                return self._flat(_excluding(union, others), of)
        return node, definition

    @property
    def _is_deep(self) -> bool:
        return self._depth > 9

    def _more(self, most: int) -> int:
        """Return how many more entries than the fewest there are."""
        return 0 if self._is_deep else self.random.randint(0, most)


NOTES = {"description", "default"}


def _excluding(node: Node, others: list[Node]) -> Node:
    """Forbid the properties that only other alternatives require."""
    required = {name for other in others for name in other.get("required", ())}
    properties = required - set(node.get("required", ()))
    return {**node, "#forbidden": properties | node.get("#forbidden", set())}


def _forbidden_names(node: Node) -> set[str]:
    """Return the properties that a part doesn't allow."""
    exclusion = node.get("not", {})
    alternatives = (exclusion, *exclusion.get("anyOf", ()))
    names = {name for a in alternatives for name in a.get("required", ())}
    own: set[str] = node.get("#forbidden", set())
    return (names | own) - set(node.get("required", ()))


def _without(node: Node, keyword: str) -> Node:
    return {key: node[key] for key in node if key != keyword}


def _merge(node: Node, other: Node) -> Node:
    """Return a part that fits two; properties that one of them only allows count."""
    properties = dict(node.get("properties", {}))
    for name, part in other.get("properties", {}).items():
        own = properties.get(name, True)
        if isinstance(own, dict) and isinstance(part, dict):
            properties[name] = _merge(own, part)
        elif part is not True:
            properties[name] = part
        else:
            properties.setdefault(name, part)
    required = [*node.get("required", ()), *other.get("required", ())]
    union = {**node, **other}
    if properties:
        union["properties"] = properties
    return {**union, "required": required}


@dataclass
class Repair:
    """Makes the names of a random document unique, and its references resolve."""

    random: Random
    document: Json
    _operations: list[str] = field(default_factory=list)
    _functions: list[str] = field(default_factory=list)
    _port: int = 3000

    def repair(self) -> Json:
        capability = self.document["capability"]
        self._apis(capability)
        for aggregate in capability.get("aggregates", ()):
            self._aggregate(aggregate, capability)
        for number, adapter in enumerate(capability["exposes"]):
            self._adapter(adapter, number)
        for number, adapter in enumerate(capability["exposes"]):
            self._skills(adapter, number, capability["exposes"])
        self._binds(capability)
        return self.document

    def _apis(self, capability: Node) -> None:
        for number, api in enumerate(capability["consumes"]):
            if self._correct_import(api, "shared-api", f"imported-{number}"):
                self._operations.append(f"imported-{number}.get-shared")
                continue
            api["namespace"] = f"api-{number}"
            for resource in _rename_entries(api, "resources", "resource"):
                resource["path"] = self._path(resource["path"])
                for operation in _rename_entries(
                    resource, "operations", "op", self._next
                ):
                    name = operation.pop("#name")
                    self._operations.append(f"api-{number}.{name}")

    def _path(self, path: str) -> str:
        self._port += 1
        return f"/{self._port}{path if path != '/' else ''}"

    def _next(self) -> int:
        self._port += 1
        return self._port

    def _aggregate(self, aggregate: Node, capability: Node) -> None:
        number = capability["aggregates"].index(aggregate)
        if self._correct_import(aggregate, "shared-functions", f"functions-{number}"):
            self._functions.append(f"functions-{number}.get-shared")
            return
        aggregate["namespace"] = f"functions-{number}"
        key = "flows" if "flows" in aggregate else "functions"
        for function in _rename_entries(aggregate, key, "function"):
            name = function.pop("#name")
            self._unit(function)
            self._functions.append(f"functions-{number}.{name}")

    def _adapter(self, adapter: Node, number: int) -> None:
        if self._correct_import(adapter, "shared-tools", f"tools-{number}"):
            return
        if "namespace" in adapter:
            adapter["namespace"] = f"adapter-{number}"
        if "port" in adapter:
            adapter["port"] = 8000 + number
        for key in ("tools", "prompts"):
            for unit in _rename_entries(adapter, key, key[:-1]):
                unit.pop("#name")
                if key == "tools":
                    self._unit(unit)
        for resource in _rename_entries(adapter, "resources", "resource"):
            resource.pop("#name")
            if "path" in resource:
                resource["path"] = self._path(resource["path"])
            if "uri" in resource:
                resource["uri"] = f"data://{self._next()}/things"
            if "forward" in resource:
                resource["forward"]["targetNamespace"] = self._operation().split(".")[0]
            self._unit(resource)
            for operation in _rename_entries(resource, "operations", "op", self._next):
                operation.pop("#name")
                self._unit(operation)

    def _unit(self, unit: Node) -> None:
        """Correct the references of a route, a tool or a function."""
        if "ref" in unit and self._functions:
            unit["ref"] = self.random.choice(self._functions)
            for key in ("call", "steps", "mappings", "with"):
                unit.pop(key, None)
        elif unit.pop("ref", None):
            unit |= {"call": "", "description": "Calls it."}
            unit.pop("outputParameters", None)
        if "call" in unit:
            unit["call"] = self._operation()
            unit.pop("steps", None)
            unit.pop("mappings", None)
        self._steps(unit)

    def _steps(self, unit: Node) -> None:
        """Correct the references of steps; lookups follow calls."""
        match unit.get("steps"):
            case list() as entries:
                unit["steps"] = sorted(entries, key=_is_lookup)
            case dict() as members:
                pairs = sorted(members.items(), key=lambda pair: _is_lookup(pair[1]))
                unit["steps"] = dict(pairs)
            case _:
                return
        earlier: list[str] = []
        self._begin_with_a_call(unit["steps"])
        for step in _rename_entries(unit, "steps", "step"):
            name = step.pop("#name")
            if "call" in step:
                step["call"] = self._operation()
            if "index" in step:
                index = self.random.choice(earlier) if earlier else "none"
                step |= {"index": index, "lookupValue": f"$.{index}.id"}
            earlier.append(name)
        for mapping in unit.get("mappings", ()):
            if earlier:
                mapping["value"] = f"$.{self.random.choice(earlier)}.id"

    def _begin_with_a_call(self, steps: Any) -> None:
        key = 0 if isinstance(steps, list) else next(iter(steps), None)
        if not steps or "call" in steps[key]:
            return
        name = {"name": "first"} if isinstance(steps, list) else {}
        steps[key] = {**name, "type": "call", "call": ""}

    def _operation(self) -> str:
        return self.random.choice(self._operations) if self._operations else "no.one"

    def _skills(self, adapter: Node, number: int, adapters: list[Node]) -> None:
        sources = list(_sources(adapters))
        for skill in _rename_entries(adapter, "skills", f"skill-{number}"):
            name = skill.pop("#name")
            if "location" in skill:
                skill["location"] = f"file:///opt/skills/{name}"
            for tool in _rename_entries(skill, "tools", "tool"):
                tool.pop("#name")
                if isinstance(tool.get("from"), dict) and sources:
                    source, action = self.random.choice(sources)
                    tool["from"] = {"sourceNamespace": source, "action": action}

    def _binds(self, capability: Node) -> None:
        for holder in (self.document, capability):
            for bind in holder.get("binds", ()):
                name = f"binds-{self._next()}"
                if not self._correct_import(bind, "shared-binds", name):
                    bind["namespace"] = name
                    bind["keys"] = {key: f"MY_{key}" for key in bind["keys"]}
        own = {"namespace": "secrets", "keys": {"TOKEN": "TOKEN", "KEY": "KEY"}}
        self.document["binds"] = [own, *self.document.get("binds", ())]

    def _correct_import(self, entry: Node, namespace: str, alias: str) -> bool:
        """Correct an import, or return that it is none."""
        if "import" not in entry:
            return False
        entry["import"], entry["as"] = namespace, alias
        entry["from" if "from" in entry else "location"] = "./shared.yaml"
        return True


def _is_lookup(step: Json) -> bool:
    return isinstance(step, dict) and step.get("type") == "lookup"


def _sources(adapters: list[Node]) -> Iterator[tuple[str, str]]:
    """Yield the namespaces and names of tools and routes."""
    for adapter in adapters:
        for name, _ in _entries(adapter, "tools"):
            yield adapter["namespace"], name
        for _, resource in _entries(adapter, "resources"):
            for name, operation in _entries(resource, "operations"):
                if name and "uri" not in operation:
                    yield adapter["namespace"], name


def _entries(holder: Node, key: str) -> Iterator[tuple[str, Node]]:
    """Yield the entries of a list or of a mapping of names, with their names."""
    match holder.get(key):
        case dict() as members:
            yield from members.items()
        case list() as entries:
            for item in entries:
                if isinstance(item, dict):
                    yield item.get("name", ""), item
        case _:
            return


def _rename_entries(
    holder: Node, key: str, word: str, count: Callable[[], int] | None = None
) -> Iterator[Node]:
    """Give entries unique names; yield them with their names under `#name`."""
    entries = list(_entries(holder, key))
    names = [f"{word}-{count() if count else n}" for n in range(len(entries))]
    for (old, entry), name in zip(entries, names, strict=True):
        if isinstance(holder[key], list) and old:
            entry["name"] = name
    if isinstance(holder.get(key), dict):
        holder[key] = {n: e for n, (_, e) in zip(names, entries, strict=True)}
    for (_, entry), name in zip(entries, names, strict=True):
        entry["#name"] = name
        yield entry
        entry.pop("#name", None)
