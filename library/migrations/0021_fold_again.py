from django.db import migrations

from library.refolding import fold_again


class Migration(migrations.Migration):
    # Titles were not found by "spiderman" or "acdc", and were sorted by the quotes before them.
    dependencies = [("library", "0020_fold_again")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
