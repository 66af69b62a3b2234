from django.db import migrations

from library.refolding import fold_again


class Migration(migrations.Migration):
    # Titles were folded with the points of initials and Hebrew's marks, and with more than one
    # letter of Persian, Urdu and Ukrainian for the same.
    dependencies = [("library", "0019_request_digest")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
