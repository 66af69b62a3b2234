"""Workers of procrastinate, a job queue in PostgreSQL, that only claim and finish jobs.

Run with a Python that has the packages in ``requirements.lock``, and with DATABASE_URL:
``fill JOBS OWNERS`` creates the tables and jobs, ``work`` is one worker. They behave and print like
the workers in ``bench.rig.claimers``, using the calls that procrastinate's own worker makes.
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
    # It warns about an app in the main module, whose tasks other processes could not find.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    # One connection for each worker, as in ours.
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
    """Make the first half of the jobs for one owner, then one for each of the others in turn."""
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
