"""Owners take turns: each open job has one, and the queue is read in their order."""

from typing import Any

from django.db import migrations, models


def let_wait_as_before(apps: Any, editor: Any) -> None:
    """Give every open job the first turn: of one turn the oldest comes first."""
    jobs = apps.get_model("processing", "Job").objects.using(editor.connection.alias)
    jobs.filter(status__in=["queued", "processing", "retrying"]).update(turn=0)


class Migration(migrations.Migration):
    dependencies = [("processing", "0003_elsewhere")]

    operations = [
        migrations.AddField(
            model_name="job", name="turn", field=models.PositiveBigIntegerField(null=True)
        ),
        migrations.RunPython(let_wait_as_before, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="job", name="held_until", field=models.DateTimeField()
        ),
        migrations.RemoveIndex(model_name="job", name="job_next"),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["turn", "held_until"], name="job_next"),
        ),
    ]
