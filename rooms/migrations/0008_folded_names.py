from django.db import migrations

import core.folded_columns


class Migration(migrations.Migration):
    # The last migration that folds again fills it.
    dependencies = [("rooms", "0007_slow_mode")]

    operations = [
        migrations.AddField(
            model_name="room",
            name="name_folded",
            field=core.folded_columns.FoldedField(
                default="", editable=False, max_length=360, of="name"
            ),
        ),
    ]
