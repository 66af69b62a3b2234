from django.db import migrations

from library.refolding import fold_again


class Migration(migrations.Migration):
    # "s1e2" did not find "S01E02", nor "Part 2" "Teil 2".
    dependencies = [("library", "0025_fold_again")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
