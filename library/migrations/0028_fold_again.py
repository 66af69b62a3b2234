from django.db import migrations

from library.refolding import fold_again


class Migration(migrations.Migration):
    # "part 1" did not find "Part 12", nor "a&b" "A & B".
    dependencies = [("library", "0027_oddly_turned")]

    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop)]
