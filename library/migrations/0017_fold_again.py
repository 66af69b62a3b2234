from django.db import migrations


class Migration(migrations.Migration):
    # Titles were folded without kana, and without what keyboards have for one Arabic letter.
    # The last migration that folds them again does it.
    dependencies = [("library", "0016_subtitles_of_files")]

    operations = []
