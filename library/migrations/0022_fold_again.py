from django.db import migrations


class Migration(migrations.Migration):
    # "第2話" did not find "第二話", and was sorted after "第十話".
    # The last migration that folds again mends it.
    dependencies = [("library", "0021_fold_again")]

    operations = []
