from typing import Any

from django.db import migrations

import core.folded_columns
from core.folding import searched


def fill(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("accounts", "User")
    core.folded_columns.fold_again(
        schema_editor, rows, "display_name", lambda name: {"name_folded": searched(name, 120)}
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_sign_ins")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="name_folded",
            field=core.folded_columns.FoldedField(
                default="", editable=False, max_length=120, of="display_name"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
