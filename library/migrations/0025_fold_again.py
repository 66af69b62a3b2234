from django.db import migrations

from library.refolding import fold_again


class Migration(migrations.Migration):
    # "Rocky IX" was sorted before "Rocky V", and "mueller" did not find "Müller".
    dependencies = [("library", "0024_interlaced")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
