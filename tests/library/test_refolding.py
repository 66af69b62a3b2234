"""Titles that were stored as an older version folded them."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User
from library.models import Video


@pytest.mark.django_db(transaction=True)
def test_stored_titles_are_folded_again_by_the_migration() -> None:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    titles = ["Amélie", "Łódź 10", "ﷺ" * 120]
    for title in titles:
        Video.objects.create(owner=owner, title=title, size_bytes=1)
    Video.objects.update(title_folded="old", title_sorted="")

    with connection.schema_editor() as editor:
        import_module("library.migrations.0009_titles_as_people_sort").fold_again(apps, editor)

    rows = {video.title: video for video in Video.objects.all()}
    assert rows["Amélie"].title_folded == "amelie"
    assert rows["Łódź 10"].title_sorted == "lodz 210"
    assert len(rows["ﷺ" * 120].title_folded) <= 360
