from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone


def date_what_is_over(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Count rooms that were over before this was stored as ended now."""
    rooms = apps.get_model("rooms", "Room").objects.using(schema_editor.connection.alias)
    rooms.filter(status__in=["EXPIRED", "DELETED"]).update(ended_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("rooms", "0003_control_and_wait")]

    operations = [
        migrations.AddField("room", "ended_at", models.DateTimeField(null=True, db_index=True)),
        migrations.RunPython(date_what_is_over, migrations.RunPython.noop),
    ]
