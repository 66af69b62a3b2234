from typing import Any

from django.db import migrations

import core.folded_columns
from core.folding import searched


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("rooms", "Room")
    core.folded_columns.fold_again(
        schema_editor, rows, "name", lambda name: {"name_folded": searched(name, 360)}
    )


class Migration(migrations.Migration):
    dependencies = [("rooms", "0007_slow_mode")]

    operations = [
        migrations.AddField(
            model_name="room",
            name="name_folded",
            field=core.folded_columns.FoldedField(
                default="", editable=False, max_length=360, of="name"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
