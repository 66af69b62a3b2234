from django.db import migrations


class Migration(migrations.Migration):
    # Titles were not found by "spiderman" or "acdc", and were sorted by the quotes before them.
    # The last migration that folds again mends it.
    dependencies = [("library", "0020_fold_again")]

    operations = []
