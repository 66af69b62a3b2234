"""Fills a library directly in the database: rows without files, titles of a few words.

Run as ``python -m bench.rig.shelves VIDEOS OWNERS`` with the server's settings. Makes one owner of
VIDEOS videos and OWNERS owners of twenty each. Prints JSON with a token of the first and of one of
the others, and how many titles contain each of the searched words.
"""

import json
import random
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from bench.rig import beside

VIDEOS_OF_OTHERS = 20
WORDS = (
    *("summer", "winter", "holiday", "birthday", "wedding", "garden", "city", "night", "river"),
    *("family", "school", "concert", "football", "cat", "dog", "bird", "train", "plane", "jazz"),
    *("trailer", "episode", "season", "final", "draft", "Überraschung", "Élan", "Ёлка", "東京"),
    *("fjord", "puzzle", "quartz", "lake", "trip", "lecture", "mountain", "morning"),
)
# Only one title in RARE_EVERY has this word, so searching for it has to look at all titles.
RARE, RARE_EVERY = "sphinx", 10_000


def fill(
    videos: int, owners: int, environment: Mapping[str, str], run: beside.Run = beside.run_anew
) -> dict[str, Any]:
    """Fill the database that ``environment`` names; return what this module prints."""
    told: dict[str, Any] = beside.told(
        "bench.rig.shelves", videos, owners, environment=environment, run=run
    )
    return told


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.db import connection, transaction
    from django.utils import timezone

    from accounts import tokens
    from accounts.models import User
    from library.models import Source, Video

    count, others = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(1)
    now = timezone.now()

    def videos(owner: User, number: int) -> Iterator[Video]:
        for n in range(number):
            words = chance.choices(WORDS, k=chance.randint(2, 5))
            rare = [RARE] if n % RARE_EVERY == 0 else []
            yield Video(
                owner=owner,
                title=" ".join([*words, *rare, str(n)]),
                status="failed" if n % 50 == 0 else "completed",
                duration_s=chance.uniform(1, 9000),
                size_bytes=chance.randint(10**5, 10**10),
                mime_type="video/mp4",
                video_codec="h264",
                audio_codec="aac",
                pixel_format="yuv420p",
                created_at=now - timedelta(seconds=chance.randint(0, 10**8)),
            )

    def keep(batch: list[Video]) -> None:
        Video.objects.bulk_create(batch, batch_size=500)
        sources = [Source(video=v, storage="local", key=f"{v.pk}/original") for v in batch]
        Source.objects.bulk_create(sources, batch_size=500)

    users = [
        User(display_name="Owner", is_guest=True, password=make_password(None))
        for _ in range(others + 1)
    ]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # VACUUM marks rows as visible to all only after their commit is on disk.
            cursor.execute("SET synchronous_commit = on")
    with transaction.atomic():
        User.objects.bulk_create(users, batch_size=500)
        for user in users[1:]:
            keep(list(videos(user, VIDEOS_OF_OTHERS)))
        keep(list(videos(users[0], count)))
    # As on a server that has run for a while: PostgreSQL does this by itself after some time.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    json.dump({"big": tokens.issue(users[0]), "small": tokens.issue(users[1])}, sys.stdout)


if __name__ == "__main__":
    main()
