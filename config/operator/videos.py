"""``./streamit admin``: videos, and whether storage and database agree about them."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from config.operator.actions import (
    SEARCH,
    YES,
    Action,
    Argument,
    Say,
    confirm,
    lister,
)
from core.errors import StreamItError
from core.folded_columns import has_words
from core.sizes import readable
from library import removals, services
from library.audit import audit
from library.models import Video
from processing.looking_again import look_again
from processing.scratch import strays, sweep

Options = dict[str, Any]


def _matching(text: str) -> QuerySet[Video]:
    videos = Video.objects.select_related("owner", "source")
    if not text:
        return videos
    by_words = has_words(text, "title_folded", "owner__name_folded", "owner__email")
    return videos.filter(by_words | Q(owner__email__icontains=text))


def _row(video: Video) -> tuple[str, ...]:
    return (
        str(video.pk),
        f"{video.created_at:%Y-%m-%d}",
        readable(video.size_bytes),
        video.source.storage,
        video.status,
        video.owner.email or video.owner.display_name,
        video.title,
    )


async def _delete(say: Say, options: Options) -> None:
    video = await services.find_video(video_id=services.parse_id(options["id"]), reader=None)
    confirm(f"Delete {video.title} ({readable(video.size_bytes)})", options)
    await removals.remove(video)
    say(f"delete-video: {video.title} ({options['id']})")


async def _audit(say: Say, options: Options) -> None:
    """Print what was found; exit with 1 if storage and database still disagree."""
    found = await audit(remove=options["remove"])
    scratch = await strays(settings.SCRATCH)
    if options["remove"]:
        await sweep(settings.SCRATCH)
    verb = "removed" if options["remove"] else "belongs to no video"
    for name, key in found.orphans:
        say(f"{verb}: {name} {key}")
    for part in found.parts:
        say(f"{verb}: uploads/{part}")
    for name in scratch:
        say(f"{'removed' if options['remove'] else 'belongs to no job'}: scratch/{name}")
    for name, key in found.missing:
        say(f"bytes are missing: {name} {key}")
    for name in found.silent:
        say(f"does not answer: {name}")
    if not found and not scratch:
        say("storage and database agree")
    if found.missing or found.silent or ((found or scratch) and not options["remove"]):
        raise SystemExit(1)


async def _look_again(say: Say, options: Options) -> None:
    """Look again into all videos; queue those that need it and print those that cannot be read."""
    looked, queued = 0, 0
    # Load one video at a time: there may be many, and this can take hours.
    matching = _matching(options["text"]).order_by("pk").values_list("pk", flat=True)
    for pk in [pk async for pk in matching]:
        video = await Video.objects.select_related("source").filter(pk=pk).afirst()
        if video is None:
            continue
        try:
            way = await look_again(video)
        except StreamItError as error:
            say(f"cannot be read: {video.title} ({video.pk}): {error.message}")
            continue
        looked += 1
        if way is not None:
            queued += 1
            say(f"queued: {video.title} ({video.pk}): {way}")
    say(f"{looked} looked into, {queued} queued")


ACTIONS = [
    Action(
        "videos",
        "list videos, or find some by title or owner",
        lister(_matching, _row, none="No video was found."),
        (SEARCH,),
    ),
    Action(
        "delete-video",
        "delete a video and all its files",
        _delete,
        (Argument("id", {"metavar": "ID"}), YES),
    ),
    Action(
        "look-again",
        "look again into videos of older versions, and queue those that can be converted now",
        _look_again,
        (SEARCH,),
    ),
    Action(
        "audit",
        "list bytes that belong to no video or job, and videos whose bytes are missing",
        _audit,
        (
            Argument(
                "--remove",
                {"action": "store_true", "help": "delete the bytes that belong to no video or job"},
            ),
        ),
    ),
]
