from django.db import migrations


class Migration(migrations.Migration):
    # Titles were folded with the points of initials and Hebrew's marks, and with more than one
    # letter of Persian, Urdu and Ukrainian for the same. The last migration that folds again
    # does it.
    dependencies = [("library", "0019_request_digest")]

    operations = []
