from importlib import import_module

from django.db import migrations

# Titles were folded with the points of initials and Hebrew's marks, and with more than one
# letter of Persian, Urdu and Ukrainian for the same.
fold_again = import_module("library.migrations.0009_titles_as_people_sort").fold_again


class Migration(migrations.Migration):
    dependencies = [("library", "0019_request_digest")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
