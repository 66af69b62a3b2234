from django.db import migrations


class Migration(migrations.Migration):
    # "Rocky IX" was sorted before "Rocky V", and "mueller" did not find "Müller".
    # The last migration that folds again mends it.
    dependencies = [("library", "0024_interlaced")]

    operations = []
