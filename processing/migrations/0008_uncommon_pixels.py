"""Films that some browsers play were taken for such that all do: they are made for all, too."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Max
from django.utils import timezone

from media.playability import has_common_pixels


def queue_once(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Queue what has pixels that not every browser shows and was not encoded anew.

    What was copied from it can be watched meanwhile, as before. Behind all who wait.
    """
    alias = schema_editor.connection.alias
    videos = apps.get_model("library", "Video").objects.using(alias)
    made = apps.get_model("library", "Rendition").objects.using(alias)
    jobs = apps.get_model("processing", "Job").objects.using(alias)
    events = apps.get_model("processing", "JobEvent").objects.using(alias)
    last_turn = jobs.aggregate(most=Max("turn"))["most"] or 0
    films = videos.filter(status="completed", video_codec__in=["vp9", "av1"])
    # A link's bytes are somebody else's.
    films = films.exclude(pixel_format=None).exclude(source__storage="remote")
    for video in list(films):
        last = jobs.filter(video=video).order_by("-pk").first()
        if has_common_pixels(video.video_codec, video.pixel_format):
            continue
        if last and (last.plan == "transcode" or last.status not in ("completed", "failed")):
            continue
        sizes = made.filter(video=video, version=video.version, is_published=True)
        if last and last.plan == "direct" and sizes.filter(name__startswith="master").exists():
            continue
        job = jobs.create(
            video=video,
            version=video.version + 1,
            status="queued",
            plan="transcode",
            turn=last_turn + 1,
            held_until=timezone.now(),
        )
        events.create(job=job, kind="queued", to_status="queued")
        if not video.version:
            videos.filter(pk=video.pk).update(status="queued", completed_at=None)


class Migration(migrations.Migration):
    dependencies = [("processing", "0007_waits"), ("library", "0023_languages")]

    operations = [migrations.RunPython(queue_once, migrations.RunPython.noop)]
