from django.db import migrations

import core.folded_columns


class Migration(migrations.Migration):
    # The last migration that folds again fills it.
    dependencies = [("accounts", "0006_sign_ins")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="name_folded",
            field=core.folded_columns.FoldedField(
                default="", editable=False, max_length=120, of="display_name"
            ),
        ),
    ]
