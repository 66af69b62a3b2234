"""Workers of procrastinate, a queue of rows in PostgreSQL, that only claim and finish.

Run by a Python that has what ``requirements.lock`` names, with DATABASE_URL: ``fill JOBS OWNERS``
makes its tables and the jobs, ``work`` is one worker. Both do and print what the workers of
``bench.rig.claimers`` do, by the calls that procrastinate's own worker makes for each job.
"""

import asyncio
import json
import logging
import os
import sys
import time

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status


def main() -> None:
    # It warns of an app in the main module, which has none of the tasks that others look for.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    # A worker has one connection, as ours has.
    connector = PsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=1, max_size=1)
    app = App(connector=connector)
    match sys.argv[1:]:
        case ["fill", jobs, owners]:
            asyncio.run(_fill(app, int(jobs), int(owners)))
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        case ["work"]:
            asyncio.run(_work(app))


async def _fill(app: App, count: int, owners: int) -> None:
    """Make half of the jobs for one owner, who comes first, and the others one by one."""
    whose = [0] * (count // 2)
    whose += [1 + n % (owners - 1) for n in range(count - len(whose))]
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        task = app.configure_task("make", allow_unknown=True)
        for begin in range(0, count, 500):
            await task.batch_defer_async(*({"owner": n} for n in whose[begin : begin + 500]))


async def _work(app: App) -> None:
    claims = []
    async with app.open_async():
        jobs = app.job_manager
        worker_id = await jobs.register_worker()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        while True:
            began_s = time.monotonic()
            job = await jobs.fetch_job(queues=None, worker_id=worker_id)
            if job is None:
                break
            now_s = time.monotonic()
            claims.append((job.id, str(job.task_kwargs["owner"]), now_s, now_s - began_s))
            await jobs.finish_job(job, Status.SUCCEEDED, delete_job=False)
    json.dump(claims, sys.stdout)


if __name__ == "__main__":
    main()
