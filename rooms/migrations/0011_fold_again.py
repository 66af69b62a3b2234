from django.db import migrations


class Migration(migrations.Migration):
    # "s1e2" did not find "S01E02", nor "Part 2" "Teil 2".
    # The last migration that folds again mends it.
    dependencies = [("rooms", "0010_fold_again")]

    operations = []
