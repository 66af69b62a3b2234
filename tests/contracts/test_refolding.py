"""Titles that were stored as an older version folded them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from core.folded_columns import has_words
from library.models import Video
from library.refolding import fold_again
from rooms.models import Room


@pytest.mark.usefixtures("each_database")
def test_only_titles_that_fold_otherwise_by_now_are_written_again() -> None:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    titles = ["Amélie", "Łódź 10", "ﷺ" * 120]
    for title in [*titles, "As it was"]:
        Video.objects.create(owner=owner, title=title, size_bytes=1)
    Video.objects.filter(title__in=titles).update(title_folded="old", title_sorted="")

    with CaptureQueriesContext(connection) as asked, connection.schema_editor() as editor:
        fold_again(apps, editor)
    with CaptureQueriesContext(connection) as asked_again, connection.schema_editor() as editor:
        fold_again(apps, editor)

    rows = {video.title: video for video in Video.objects.all()}
    assert rows["Amélie"].title_folded == "amelie"
    assert rows["Łódź 10"].title_sorted == "lodz 210"
    assert len(rows["ﷺ" * 120].title_folded) <= 360
    updates = [query["sql"] for query in asked if "UPDATE" in query["sql"]]
    assert [sql.partition(":")[0] for sql in updates] == ["3 times"]
    assert not [query for query in asked_again if "UPDATE" in query["sql"]]


@pytest.mark.usefixtures("each_database")
def test_names_from_before_they_were_folded_are_found() -> None:
    migrations = ("accounts.migrations.0011_fold_again", "rooms.migrations.0012_fold_again")
    user = User.objects.create(display_name="Łukasz", is_guest=True)
    Room.objects.create(name="Ärger", host=user, capacity=2)
    User.objects.update(name_folded="")
    Room.objects.update(name_folded="")

    for migration in map(import_module, migrations):
        with connection.schema_editor() as editor:
            migration.fold_again(apps, editor)

    assert User.objects.get().name_folded == "lukasz"
    assert Room.objects.get().name_folded == "arger aerger"
    # A guest has no address, which must not hide their name.
    assert User.objects.filter(has_words("LUKÁSZ", "name_folded", "email")).exists()
    columns = ("name_folded", "host__name_folded", "host__email")
    assert Room.objects.filter(has_words("ärger łukasz", *columns)).exists()
    assert not Room.objects.filter(has_words("ärger ben", *columns)).exists()
