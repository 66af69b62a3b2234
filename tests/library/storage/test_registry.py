from pathlib import Path
from typing import Any

import pytest

from core.errors import Invalid
from library.storage import registry
from library.storage.base import Permanent


def test_an_owner_is_offered_what_the_operator_lists_the_default_first() -> None:
    first = registry.choices()[0]
    assert (first.name, first.label, first.default, first.kind) == (
        "local",
        "This server's disk",
        True,
        "store",
    )
    assert [choice.default for choice in registry.choices()].count(True) == 1


def test_a_video_goes_where_its_owner_chose_or_to_the_default() -> None:
    assert registry.chosen("").name == "local"
    assert registry.chosen("local").name == "local"


@pytest.mark.parametrize("name", ["attic", "s3", "remote", "LOCAL"])
def test_a_storage_that_is_not_offered_for_uploads_cannot_be_chosen(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        registry.chosen(name)
    assert refused.value.fields is not None
    assert refused.value.fields["storage"].startswith("must be one of: local")


def test_a_video_in_a_storage_that_is_no_longer_set_up_says_so(settings: Any) -> None:
    settings.VIDEO_STORAGE_OPTIONS = {}
    with pytest.raises(Permanent) as failed:
        registry.provider("local")
    assert failed.value.message == "The storage of this video is not set up on this server."
    with pytest.raises(Permanent):
        registry.provider("a name from a newer version")


def test_every_provider_has_the_name_it_is_registered_under(tmp_path: Path) -> None:
    for name in registry.PROVIDERS:
        assert registry.provider_class(name).name == name
