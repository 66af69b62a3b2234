"""``manage.py generate``: write the generated files, or tell which are stale."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import generate


class Command(BaseCommand):
    help = "Write docs/protocol.schema.json, settings.md, errors.md and the web/src/*.gen.ts."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only fail when one is stale")

    def handle(self, *, check: bool, **_options: Any) -> None:
        if not check:
            generate.write_files()
            return
        stale = [str(path.relative_to(generate.ROOT)) for path in generate.stale_files()]
        if stale:
            raise SystemExit(f"Stale: {', '.join(stale)}. Run ./streamit generate.")
