"""The database holds identities and durable facts; what is derived or live is not in it."""

import re

import pytest
from django.apps import apps
from django.db import models
from django.db.models import Field

from rooms.models import Room

OURS = {"accounts", "library", "processing", "webhooks", "rooms", "config", "core"}
# What people have written or chosen, and what was said to them: nothing of it can be derived.
KEPT_WORDS = {
    # Until it stands in the security log.
    "accounts.SecurityLine.facts",
    "processing.JobEvent.data",
    # Which files a service elsewhere has made, by its own word.
    "processing.Job.outputs",
    # What the probe has found in the file of the video.
    "processing.Job.facts",
    # A piece of a playlist beside the bytes that it tells of, and gone with them.
    "library.Rendition.lines",
    "library.Subtitle.vtt",
    "webhooks.Webhook.events",
    "webhooks.Delivery.body",
}

# Embed URLs, iframe HTML, provider query parameters, UI preferences, watch progress, player
# colours, autoplay flags; viewer counts, positions and connection state are live.
FORBIDDEN = re.compile(
    r"url|uri|link|iframe|html|embed|query|param|preference|progress|colou?r|auto_?play"
    r"|next_?episode|selector|viewer|position|playing|rate|revision|online|connected|seen"
)


def fields() -> list[Field]:  # type: ignore[type-arg]
    found = [
        field
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.get_fields()
        if isinstance(field, Field)
    ]
    assert len(found) > 30
    return found


def test_a_room_stores_exactly_five_facts_about_what_it_plays() -> None:
    names = {field.name for field in Room._meta.get_fields() if "playback" in field.name}
    assert names == {
        "playback_provider",
        "playback_external_id",
        "playback_media_type",
        "playback_season",
        "playback_episode",
    }


@pytest.mark.parametrize("field", fields(), ids=str)
def test_no_column_holds_what_is_derived_or_live(field: "Field[object, object]") -> None:
    assert not FORBIDDEN.search(field.name), f"{field} has the name of something derived"
    if str(field) in KEPT_WORDS:
        return
    assert not isinstance(field, models.URLField | models.JSONField | models.TextField), (
        f"{field} could hold a page or a parameter list"
    )
