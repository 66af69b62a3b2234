"""Queries for the next job, on SQLite, which has no statistics of its tables."""

from typing import Any

import pytest
from django.db import connection

from core.database import in_database
from media.plan import Way
from processing import queue, turns
from tests.accounts import people
from tests.processing.rows import add

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("has_job", [False, True])
async def test_finished_jobs_are_not_read_to_find_the_next_one(*, has_job: bool) -> None:
    owner = await people.guest()
    if has_job:
        await add(owner)

    @in_database
    def plans() -> list[str]:
        asked: list[tuple[str, Any]] = []

        def note(execute: Any, sql: str, params: Any, *about: Any) -> Any:
            asked.append((sql, params))
            return execute(sql, params, *about)

        with connection.execute_wrapper(note):
            queue.claim.__wrapped__("worker")  # type: ignore[attr-defined]
            turns.next_turn(owner.pk, Way.TRANSCODE)
        with connection.cursor() as cursor:
            found = []
            for sql, params in asked:
                if sql.startswith("SELECT") and '"processing_job"' in sql:
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                    found += [row[3] for row in cursor.fetchall()]
        return found

    used = await plans()
    assert any("job_next" in plan for plan in used)
    assert [plan for plan in used if plan == "SCAN processing_job"] == []
