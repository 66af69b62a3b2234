from typing import Any

from django.db import migrations

import core.folded_columns
from core.folding import searched


def fold_again(apps: Any, schema_editor: Any) -> None:
    """Write what names are searched by, where it is another than is stored."""
    rows = apps.get_model("accounts", "User")
    core.folded_columns.fold_again(
        schema_editor, rows, "display_name", lambda name: {"name_folded": searched(name, 120)}
    )


class Migration(migrations.Migration):
    # "part 1" did not find "Part 12", nor "a&b" "A & B".
    dependencies = [("accounts", "0010_fold_again")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
