"""Languages that an older version wrote as the file did."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User
from library.models import Rendition, Subtitle, Video


@pytest.mark.usefixtures("each_database")
def test_languages_from_before_they_were_written_in_one_way_are_so() -> None:
    owner = User.objects.create(display_name="Ana", is_guest=True)
    video = Video.objects.create(owner=owner, title="Film", size_bytes=1)
    said = {"deu": "de", "en": "en", "pt-br": "pt-BR", "und": "und"}
    for each in said:
        Subtitle.objects.create(video=video, language=each, label=each, vtt="", size_bytes=0)
    for name, language in (("a0.m3u8", "fre"), ("v360.m3u8", "")):
        Rendition.objects.create(
            video=video, version=1, name=name, language=language, key=name, size_bytes=1
        )

    with connection.schema_editor() as editor:
        import_module("library.migrations.0023_languages").write_in_one_way(apps, editor)

    assert dict(Subtitle.objects.values_list("label", "language")) == said
    assert dict(Rendition.objects.values_list("name", "language")) == {
        "a0.m3u8": "fr",
        "v360.m3u8": "",
    }
