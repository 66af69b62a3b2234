from django.db import migrations


class Migration(migrations.Migration):
    # "mueller" did not find "Müller".
    # The last migration that folds again mends it.
    dependencies = [("rooms", "0009_cohosts")]

    operations = []
