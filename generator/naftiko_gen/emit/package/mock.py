"""`mock.py`: the embedded upstream of `serve --mock` and of the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from naftiko_gen.emit.literals import Code, fill, join, py, url_path
from naftiko_gen.emit.package.parts import fixed_query
from naftiko_gen.emit.tests.answers import sample_answer
from naftiko_gen.ir import Flow, Identity, joined_projection

if TYPE_CHECKING:
    from naftiko_gen.diagnostics.span import Plain
    from naftiko_gen.emit.package.emission import Emission
    from naftiko_gen.ir import Capability, Operation


@dataclass(frozen=True)
class MockView:
    """The variables of `mock.py.jinja`."""

    imports: Code
    samples: tuple[Code, ...]


def mock_view(emission: Emission) -> MockView:
    """Return the view of a package's embedded upstream."""
    capability, imports = emission.capability, emission.imports()
    imports.use("MockUpstream")
    if capability.operations:
        imports.use("Sample")
    return MockView(
        imports.code(),
        tuple(_sample(operation, capability) for operation in capability.operations),
    )


def _sample(operation: Operation, capability: Capability) -> Code:
    path = "".join(
        url_path(part) if isinstance(part, str) else "{}" for part in operation.path
    )
    arguments = [py(operation.name), py(operation.method), py(path)]
    answer = mock_document(capability, operation)
    if answer is not None:
        arguments.append(py(answer))
    if query := fixed_query(operation):
        arguments.append(fill("query={}", py(dict(query))))
    return fill("Sample({})", join(", ", arguments))


def mock_document(capability: Capability, operation: Operation) -> Plain:
    """Return a response that fits the first shape exposed of an operation.

    If flows read the responses, it has all parts that any route or tool reads.
    """
    shapes = [
        projection
        for projection in capability.projections(operation)
        if not isinstance(projection, Identity)
    ]
    if not shapes:
        return None
    is_read = any(
        isinstance(unit.implementation, Flow) for unit in capability.calling(operation)
    )
    return sample_answer(joined_projection(shapes) if is_read else shapes[0])
