"""Calls of pretend models in a DBOS workflow on SQLite, for the kill test; needs `pip install dbos` (measured: 3.4.0).

    python dbos_steps.py MODE FOLDER COUNTER SCALE
    python dbos_steps.py cost STEPS

MODE is "a step per call" (all calls of two batches at the same time, each of which takes as long as its batch),
"a step per batch", or "one call after the other" (a step per call; of every batch, the first call alone). Begins the
workflow in FOLDER, or goes on with it, and leaves its result there. `cost` prints how many ms a step takes that does
nothing, one after the other and many at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dbos import DBOS, SetWorkflowID

ROUNDS, BATCHES, SIZE = 12, 2, 16
WORKFLOW = "the-run"


def open_dbos(folder: str) -> None:
    """DBOS with its database in `folder`."""
    url = f"sqlite:///{folder}/dbos.sqlite"
    DBOS(config={"name": "kills", "system_database_url": url, "run_admin_server": False, "log_level": "ERROR"})


@DBOS.step()
async def one_call(mark: str, seconds: float) -> Any:
    """One call, which takes as long as its batch."""
    REPORTER.began(seconds, [mark])
    await asyncio.sleep(seconds)
    REPORTER.finished([mark])
    return slow_work.answer("rate", mark)


@DBOS.step()
async def one_batch(marks: list[str], seconds: float) -> list[Any]:
    """All calls of a batch."""
    REPORTER.began(seconds, marks)
    await asyncio.sleep(seconds)
    REPORTER.finished(marks)
    return [slow_work.answer("rate", mark) for mark in marks]


@DBOS.workflow()
async def rounds(mode: str, scale: float) -> list[Any]:
    """Rounds of two batches at the same time; what is asked hangs on the answers of the round before."""
    before, found = "start", []
    for number in range(ROUNDS):
        steps = []
        for batch in range(BATCHES):
            marks = [slow_work.mark_of("rate", {"text": f"{before} {number}.{batch}.{i}"}, 0) for i in range(SIZE)]
            seconds = slow_work.seconds_of(marks, scale)
            if mode == "a step per batch":
                steps.append(one_batch(marks, seconds))
            elif mode == "one call after the other":
                found.append(await one_call(marks[0], seconds))
            else:
                steps += [one_call(mark, seconds) for mark in marks]
        answers = await asyncio.gather(*steps)
        found += [each for batch in answers for each in batch] if mode == "a step per batch" else answers
        before = found[-1]["id"]
    return found


async def go(mode: str, scale: float) -> list[Any]:
    """The workflow's result, whether it begins or was begun."""
    with SetWorkflowID(WORKFLOW):
        handle = await DBOS.start_workflow_async(rounds, mode, scale)
    return await handle.get_result()


@DBOS.step()
async def nothing(number: int) -> int:
    """No work."""
    return number


@DBOS.workflow()
async def in_turn(count: int) -> None:
    """Steps one after the other."""
    for number in range(count):
        await nothing(number)


@DBOS.workflow()
async def together(count: int) -> None:
    """Steps 32 at a time."""
    for number in range(0, count, 32):
        await asyncio.gather(*[nothing(each) for each in range(number, number + 32)])


def cost(count: int) -> dict[str, float]:
    """Milliseconds a step, of wall time."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        open_dbos(folder)
        DBOS.launch()
        for name, workflow in {"in_turn": in_turn, "together": together}.items():
            began = time.perf_counter()
            asyncio.run(workflow(count))
            found[f"ms_per_step_{name}"] = round((time.perf_counter() - began) / count * 1e3, 2)
        DBOS.destroy()
    return found


if __name__ == "__main__":
    if sys.argv[1] == "cost":
        print(json.dumps(cost(int(sys.argv[2]))))
    else:
        import slow_work

        mode, folder, counter, scale = sys.argv[1:]
        REPORTER = slow_work.Reporter(counter)
        open_dbos(folder)
        DBOS.launch()
        Path(folder, "result.json").write_text(json.dumps(asyncio.run(go(mode, float(scale)))), "utf-8")
        DBOS.destroy()
