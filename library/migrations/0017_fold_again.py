from importlib import import_module

from django.db import migrations

# Titles were folded without kana, and without what keyboards have for one Arabic letter.
fold_again = import_module("library.migrations.0009_titles_as_people_sort").fold_again


class Migration(migrations.Migration):
    dependencies = [("library", "0016_subtitles_of_files")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
