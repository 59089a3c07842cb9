"""`outputs.py`: a function for each exposed shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import assert_never

from naftiko_gen import ir
from naftiko_gen.emit.answers.flows import named_inputs, shared_flow
from naftiko_gen.emit.answers.queries import NAMES, QueryWriter
from naftiko_gen.emit.code.naming import assign, free_name, names_in
from naftiko_gen.emit.code.render import View
from naftiko_gen.emit.code.statements import ParameterView, optional
from naftiko_gen.emit.literals import (
    Code,
    call_of,
    docstring,
    fill,
    mapping,
    py,
    verbatim,
)
from naftiko_gen.emit.requests.template_kinds import TemplateExpressions
from naftiko_gen.emit.types.typed_dicts import ArgumentTypes, OutputTypes

# The imports of `outputs.py`, and the parameter of its functions.
RESERVED = names_in("answer each elements joined join_if_present members nested pick")


@dataclass(frozen=True)
class Outputs:
    """The distinct projections that a capability exposes, each with a name."""

    projections: tuple[tuple[str, ir.Projection], ...] = ()

    @classmethod
    def of(cls, capability: ir.Capability) -> Outputs:
        """Collect the shapes of all routes and tools, each once.

        A shape has the name of the first unit with that shape. Further shapes of units
        with the same name are numbered.
        """
        projections: dict[str, ir.Projection] = {}
        for unit in capability.exposed:
            projection = _applied_projection(unit.implementation)
            is_new = projection not in projections.values()
            if is_new and not isinstance(projection, ir.Identity):
                projections[free_name(unit.name, projections)] = projection
        return cls(tuple(projections.items()))

    def name(self, projection: ir.Projection) -> Code:
        """Return the name of a projection's function."""
        return next(
            self._names[wire] for wire, other in self.projections if other == projection
        )

    def inputs(self, projection: ir.Projection) -> Mapping[ir.Input, Code]:
        """Return the inputs that a projection's function takes, and their parameters.

        They are those of the values in the spec.
        """
        reserved = self._reserved.union(("item", "part"))
        return named_inputs(ir.filled_templates(projection), reserved)

    @cached_property
    def _names(self) -> Mapping[str, Code]:
        return assign((wire for wire, _ in self.projections), reserved=self._reserved)

    @cached_property
    def _reserved(self) -> frozenset[str]:
        has_queries = any(ir.has_query(part) for _, part in self.projections)
        return RESERVED | NAMES if has_queries else RESERVED


def _applied_projection(implementation: ir.Implementation) -> ir.Projection:
    match implementation:
        case ir.ProjectedCall(output=output) | ir.Forward(output=output):
            return output
        case ir.Flow():
            answer = shared_flow(implementation).answer
            return (
                answer.output if isinstance(answer, ir.LastResponse) else ir.Identity()
            )
        case _:
            assert_never(implementation)


def outputs_view(outputs: Outputs, arguments: ArgumentTypes) -> View:
    """Return the view of the output shapes, each with the function that builds it."""
    types = OutputTypes(outputs.projections, arguments)
    return View(
        types=[*types.views()],
        outputs=[
            View(
                name=outputs.name(projection),
                parameters=[
                    ParameterView(name, _input_annotation(source, arguments))
                    for source, name in outputs.inputs(projection).items()
                ],
                declared=types.annotation(projection, (wire,)),
                docstring=docstring(f"Shape the output of {wire}", indent=4),
                expression=_Expressions(
                    outputs.inputs(projection), verbatim("answer")
                ).whole(projection),
                # The expression builds an object, so its type is known.
                is_object=isinstance(projection, ir.Shape) and not projection.path,
            )
            for wire, projection in outputs.projections
        ],
    )


def shape_function(shape: ir.Shape) -> Code:
    """Return the function that makes an object of a value."""
    expressions = _Expressions({}, verbatim("item"), depth=1)
    return fill("lambda item: {}", expressions.expression(shape))


def _input_annotation(source: ir.Input, arguments: ArgumentTypes) -> Code:
    code = arguments.of_input(source, is_bytes=False)
    return code if source.required else optional(code)


@dataclass(frozen=True)
class _Expressions:
    """Writes projections of the value `base`.

    `depth` counts the enclosing lambdas: the names of their parameters alternate, so
    that none hides the next outer one.
    """

    inputs: Mapping[ir.Input, Code]
    base: Code
    depth: int = 0

    def whole(self, projection: ir.Projection) -> Code:
        """Return the expression of a whole output; paths of names need an object."""
        if ir.is_of_object(projection):
            shaping = replace(self, base=call_of("members", self.base))
            return shaping.expression(projection)
        return self.expression(projection)

    def expression(self, projection: ir.Projection) -> Code:
        """Return the expression of a projection."""
        match projection:
            case ir.Identity():
                return self.base
            case ir.Literal(value=value):
                return py(value)
            case ir.Filled(template=template):
                return self._fill_in(template)
            case ir.Pick(path=()) if self.depth == 0:
                # The type of the whole response isn't that of the parameter.
                return call_of("pick", self.base)
            case ir.Pick(path=path):
                return self._pick(path)
            case ir.Shape(path=path, members=members):
                return self._shape(path, members)
            case ir.Items(path=path, item=item):
                return self._elements(self._pick(path), item)
            case ir.Find(query=query, item=item):
                return self._query_results(query, item)
            case _:
                assert_never(projection)

    def _shape(
        self,
        path: tuple[ir.PathSegment, ...],
        members: tuple[tuple[str, ir.Projection], ...],
    ) -> Code:
        if not path:
            return mapping((name, self.expression(member)) for name, member in members)
        name, inside = self._inside()
        shape = inside.expression(ir.Shape((), members))
        return fill("within({}, lambda {}: {})", self._pick(path), name, shape)

    def _pick(self, path: tuple[ir.PathSegment, ...]) -> Code:
        """Return the expression of the value at a path; wildcards make arrays."""
        if ir.Each.ELEMENT in path:
            end = path.index(ir.Each.ELEMENT)
            return self._elements(
                self._pick(path[:end]), ir.Pick(path[end + 1 :], ir.Anything())
            )
        if not path:
            return self.base
        steps = [py(step) for step in path if not isinstance(step, ir.Each)]
        return call_of("pick", self.base, *steps)

    def _elements(self, array: Code, item: ir.Projection) -> Code:
        if isinstance(item, ir.Pick) and not item.path:
            return call_of("elements", array)
        name, inside = self._inside()
        return fill("each({}, lambda {}: {})", array, name, inside.expression(item))

    def _query_results(self, query: ir.Query, item: ir.Projection) -> Code:
        """Return the list of a query's results, each projected."""
        results = QueryWriter(self.base).expression(query)
        if isinstance(item, ir.Pick) and not item.path:
            return results
        name, inside = self._inside()
        return fill("[{} for {} in {}]", inside.expression(item), name, results)

    def _inside(self) -> tuple[Code, _Expressions]:
        """Return the parameter of a lambda, and the writer of its expression."""
        name = (verbatim("item"), verbatim("part"))[self.depth % 2]
        return name, replace(self, base=name, depth=self.depth + 1)

    def _fill_in(self, template: ir.Template) -> Code:
        templates = TemplateExpressions(self.inputs.__getitem__, _refuse_setting)
        return templates.expression(template)


def _refuse_setting(variable: ir.Variable) -> Code:
    raise TypeError(f"an output refers to the variable {variable.name!r}")
