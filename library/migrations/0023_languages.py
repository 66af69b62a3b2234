from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from media.languages import canonical


def write_in_one_way(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Have "de" of what is called "deu", as of what comes from now on."""
    for name in ("Subtitle", "Rendition"):
        rows = apps.get_model("library", name).objects.using(schema_editor.connection.alias)
        for language in list(rows.order_by().values_list("language", flat=True).distinct()):
            if language != canonical(language):
                rows.filter(language=language).update(language=canonical(language))


class Migration(migrations.Migration):
    dependencies = [("library", "0022_fold_again")]

    operations = [migrations.RunPython(write_in_one_way, migrations.RunPython.noop)]
