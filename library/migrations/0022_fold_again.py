from django.db import migrations

from library.refolding import fold_again


class Migration(migrations.Migration):
    # "第2話" did not find "第二話", and was sorted after "第十話".
    dependencies = [("library", "0021_fold_again")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
