"""Clients accept every answer of published APIs, and get all of it as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from apis import chosen_names
from calling import CONNECT

from naftiko_gen import frontend, ir
from naftiko_gen.configuration.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from apis import Apis

    from naftiko_gen.diagnostics.span import Plain

T = TypeVar("T")
MOST_TOOLS = 100
CHANGES = 6
ODD: tuple[Plain, ...] = (None, 0, 1.5, "text", True, [], {}, [None], {"a": None})
SCALARS: dict[str, Plain] = {
    "string": "a",
    "integer": 3,
    "number": 0.5,
    "boolean": True,
}
BODIES = ("", "text", "null", "[]", "[null]", "{}", '"text"', "7")
ANSWERING = CONNECT + """
from MODULE import mcp_server

answers = json.load(sys.stdin)
JSON = ((b"content-type", b"application/json"),)
refused = []


def answering(tool):
    # The tool without required arguments, whose answers are those of the test.
    async def answer(client, **_):
        return Reply(200, JSON, answers[tool.name].pop().encode())

    inputs = [dataclasses.replace(one, required=False) for one in tool.inputs]
    return dataclasses.replace(tool, inputs=inputs, operation=answer)


async def call(server, tool):
    name, answer = tool.name, answers[tool.name][-1]
    try:
        result = await server.call_tool(name, {})
    except Exception as error:
        refused.append([name, answer, str(error)])
    else:
        texts = [content.text for content in result.content]
        is_whole = texts == [answer or "HTTP 200 OK"] or tool.items is not None
        if not is_whole or result.structured_content is None:
            refused.append([name, answer, texts])


async def main():
    tools = [tool for tool in mcp_server.TOOLS if tool.name in answers]
    mcp_server.TOOLS[:] = map(answering, tools)
    for mode in ("legacy", "auto"):
        async with Client(create_server(connect), mode=mode) as server:
            for tool in tools:
                waiting = answers[tool.name]
                rest = len(waiting) // 2 if mode == "legacy" else 0
                while len(waiting) > rest:
                    await call(server, tool)
    print(json.dumps(refused))


asyncio.run(main())
"""
"""Code that calls tools with answers, in both revisions; it prints those refused."""


@pytest.mark.parametrize("name", chosen_names())
def test_no_client_refuses_an_answer(name: str, apis: Apis, tmp_path: Path) -> None:
    package = apis.package(name)
    read = frontend.read(apis.spec(name), Options(tmp_path))
    assert read.meaning
    answers = dict(answers_of(read.meaning.capability.tools))

    code = ANSWERING.replace("MODULE", package.module)
    process = package.execute(code, json.dumps(answers))

    assert answers
    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout) == []


@dataclass
class Dice:
    """Numbers that look random, and are the same in every run."""

    count: int = 0

    def roll(self, sides: int) -> int:
        """Return a number below the number of sides."""
        self.count += 1
        digest = sha256(str(self.count).encode()).digest()
        return int.from_bytes(digest[:4], "big") % sides

    def choose(self, options: Sequence[T]) -> T:
        """Return one of some options."""
        return options[self.roll(len(options))]


def answers_of(tools: tuple[ir.Tool, ...]) -> Iterator[tuple[str, list[str]]]:
    """Yield lawful and odd answers of tools with an output."""
    dice = Dice()
    kinds = [(tool.name, ir.answer_type(tool.implementation)) for tool in tools]
    outputs = [(name, kind) for name, kind in kinds if kind is not None]
    for name, kind in outputs[:: len(outputs) // MOST_TOOLS + 1]:
        values = [lawful(kind, dice) for _ in range(CHANGES)]
        odd_values = [odd(value, dice) for value in values]
        yield name, [*map(json.dumps, (*values, *odd_values)), *BODIES]


def lawful(kind: ir.Type, dice: Dice) -> Plain:
    """Return a value of a type, which may lack any member."""
    match kind:
        case ir.Primitive():
            return SCALARS[kind.value]
        case ir.Bytes() | ir.Matching():
            return "YQ=="
        case ir.OneOf(values=values):
            return dice.choose(values)
        case ir.Refined(base=base):
            return lawful(base, dice)
        case ir.Nullable(base=base):
            return lawful(base, dice) if dice.roll(2) else None
        case ir.Union(types=types):
            return lawful(dice.choose(types), dice)
        case ir.Array(items=items):
            return [lawful(items, dice) for _ in range(dice.roll(3))]
        case ir.Object(fields=fields):
            members = [field for field in fields if dice.roll(5)]
            return {field.name: lawful(field.type, dice) for field in members}
        case _:
            return dice.choose(ODD)


def odd(value: Any, dice: Dice) -> Plain:
    """Return a value with another part in the place of one of its parts."""
    keys: list[Any] = list(value) if isinstance(value, dict) else []
    keys = list(range(len(value))) if isinstance(value, list) else keys
    if not keys or not dice.roll(3):
        return dice.choose(ODD)
    key, copy = dice.choose(keys), value.copy()
    copy[key] = odd(value[key], dice)
    return {**copy, "more": None} if isinstance(copy, dict) else copy
