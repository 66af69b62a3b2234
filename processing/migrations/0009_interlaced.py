from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def tell(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Have videos say that they are interlaced where what was found in them does."""
    alias = schema_editor.connection.alias
    jobs = apps.get_model("processing", "Job").objects.using(alias)
    found = jobs.filter(facts__tracks__picture__is_interlaced=True).values_list("video", flat=True)
    videos = apps.get_model("library", "Video").objects.using(alias)
    videos.filter(pk__in=list(found)).update(is_interlaced=True)


class Migration(migrations.Migration):
    dependencies = [("processing", "0008_uncommon_pixels"), ("library", "0024_interlaced")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
