"""Many who connect at once are heard at once, whoever else is being answered."""

import json

from service import Package

CALLERS = 64
SERVED_TO_A_CROWD = """
import asyncio, contextlib, json, os, signal, socket, sys

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from training_runs.client import connect
from RUNTIME.serving.program import Board
from RUNTIME.serving.server import ClientLimits, Served, run, serve
from RUNTIME.serving.server import bind
from RUNTIME.serving.program import State
from RUNTIME.settings import Listener

callers = json.loads(sys.stdin.read())
rounds, heard = 0, []


async def count():
    global rounds
    while True:
        rounds += 1
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def counting(_):
    counted = asyncio.create_task(count())
    yield
    counted.cancel()


async def hear(_):
    heard.append(rounds)
    if len(heard) == callers:
        os.kill(os.getpid(), signal.SIGINT)
    return Response()


bound, listener = bind(Listener("127.0.0.1", 0), "REST", "")
request = b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
crowd = [
    socket.create_connection(("127.0.0.1", listener.port)) for _ in range(callers)
]
for caller in crowd:
    caller.sendall(request)
app = Starlette(routes=[Route("/", hear)], lifespan=counting)
state = State(connect, {}, is_mocked=True, board=Board())
run(serve([Served(app, bound)], ClientLimits(callers), state))
print(json.dumps(heard))
"""

DUPLICATED = """
import os

from RUNTIME.serving.server import bind
from RUNTIME.settings import Listener

bound, _ = bind(Listener("127.0.0.1", 0), "REST", "")
with bound, bound.dup():
    print(os.get_blocking(bound.fileno()))
"""


def test_a_crowd_is_let_in_within_a_few_rounds_of_the_loop(training: Package) -> None:
    """A round takes as long as all have to be answered who are in already."""
    process = training.execute(SERVED_TO_A_CROWD, json.dumps(CALLERS))

    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    print(f"{CALLERS} callers were heard within {report[-1] - report[0]} rounds")
    assert len(report) == CALLERS
    assert report[-1] - report[0] < CALLERS / 4


def test_no_worker_blocks_the_others_that_share_its_socket(training: Package) -> None:
    """One that waits to accept answers nobody, and another's duplicates could do it."""
    process = training.execute(DUPLICATED)

    assert process.stdout == "False\n", process.stderr
