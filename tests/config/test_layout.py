"""A module that decides something has a test file of its name, or a test here says which has it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.packages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
# So many branches make a rule; what has fewer is glue.
FEWEST_BRANCHES = 8
BRANCHES = (
    ast.If,
    ast.For,
    ast.While,
    ast.Try,
    ast.IfExp,
    ast.comprehension,
    ast.BoolOp,
    ast.Match,
)
# What is tested through something else: by everybody who implements a contract, or through a door.
ELSEWHERE = {
    "accounts/deletion.py": "accounts/test_account_api.py",
    "accounts/refusal_log.py": "accounts/test_security_log.py",
    "accounts/services.py": "accounts/test_api.py",
    "accounts/sign_ins.py": "accounts/test_account_api.py",
    "config/api.py": "config/test_errors.py",
    "config/backups/databases.py": "config/test_backups.py",
    "config/backups/files.py": "config/test_backups.py",
    "config/backups/making.py": "config/test_backups.py",
    "config/backups/restoring.py": "config/test_backups.py",
    "config/database_refusal.py": "config/test_external_services.py",
    "config/environment.py": "config/test_settings.py",
    "config/log_bounds.py": "config/test_logs.py",
    "config/management/commands/work.py": "faults/test_workers_killed.py",
    "config/middleware.py": "accounts/test_api.py",
    "config/migrations.py": "launch/test_up.py",
    "config/operator/actions.py": "config/test_operator.py",
    "config/operator/invitations.py": "config/test_operator.py",
    "config/operator/people.py": "config/test_operator.py",
    "config/operator/videos.py": "config/test_operator.py",
    "config/setting_types.py": "config/test_settings.py",
    "core/folded_columns.py": "contracts/test_refolding.py",
    "core/link_ends.py": "core/test_links.py",
    "launch/valkey_disk.py": "faults/test_full_disk.py",
    "library/growing.py": "processing/test_growth.py",
    "library/receive/body.py": "library/receive/test_resumable.py",
    "library/receive/part_file.py": "library/receive/test_resumable.py",
    "library/receive/streams.py": "library/receive/test_pasted_files.py",
    "library/receive/subtitle_upload.py": "library/test_subtitles.py",
    "library/receive/tus_fields.py": "library/receive/test_tus.py",
    "library/receive/upload_rows.py": "library/receive/test_resumable.py",
    "library/renditions.py": "processing/test_films.py",
    "library/schemas.py": "library/test_api.py",
    "library/serve/open_streams.py": "library/serve/test_stream.py",
    "library/services.py": "library/test_api.py",
    "library/sharing.py": "library/test_tokens.py",
    "library/storage/base.py": "contracts/test_storage.py",
    "library/storage/cloud.py": "contracts/test_storage_clouds.py",
    "library/storage/database.py": "contracts/test_storage_database.py",
    "library/storage/dropbox.py": "contracts/test_storage_clouds.py",
    "library/storage/gdrive.py": "contracts/test_storage_clouds.py",
    "library/storage/objects.py": "contracts/test_storage_objects.py",
    "library/storage/remote_answers.py": "library/storage/test_remote.py",
    "library/storage/resuming.py": "library/storage/test_remote.py",
    "library/sweep.py": "library/test_audit.py",
    "media/isolated/probe/__main__.py": "media/test_probe.py",
    "media/isolated/probe/boxes.py": "media/test_boxes.py",
    "media/isolated/probe/facts.py": "media/test_probe.py",
    "media/isolated/probe/pixels.py": "media/test_probe.py",
    "media/isolated/probe/programs.py": "media/test_probe.py",
    "media/isolated/probe/remote_file.py": "media/test_probe.py",
    "media/recipes.py": "processing/test_films.py",
    "playback/sources/vidking.py": "contracts/test_source_adapters.py",
    "playback/sources/vimeo.py": "contracts/test_source_adapters.py",
    "playback/sources/youtube.py": "contracts/test_source_adapters.py",
    "processing/attempt.py": "processing/test_hindrances.py",
    "processing/callback_api.py": "contracts/test_callbacks.py",
    "processing/collecting.py": "processing/test_external_jobs.py",
    "processing/history.py": "processing/test_odd_films.py",
    "processing/http_processor.py": "contracts/test_processors.py",
    "processing/intake.py": "processing/test_worker.py",
    "processing/ladder.py": "processing/test_films.py",
    "processing/processor_run.py": "processing/test_external_jobs.py",
    "processing/queue.py": "contracts/test_job_queue.py",
    "processing/audio_tracks.py": "processing/test_odd_tracks.py",
    "processing/subtitles.py": "processing/test_odd_tracks.py",
    "processing/tallies.py": "contracts/test_job_tallies.py",
    "rooms/commands/player.py": "rooms/commands/test_lengths.py",
    "rooms/live/chat_feed.py": "rooms/commands/test_chat.py",
    "rooms/live/connections.py": "rooms/live/test_hub.py",
    "rooms/live/exclusion.py": "rooms/live/test_hub.py",
    "rooms/live/host_presence.py": "rooms/live/test_hub.py",
    "rooms/live/auto_advance.py": "rooms/upkeep/test_next_item.py",
    "rooms/live/room.py": "rooms/live/test_hub.py",
    "rooms/member_api.py": "rooms/commands/test_people.py",
    "rooms/schemas.py": "rooms/test_api.py",
    "rooms/stores/deadlines.py": "rooms/upkeep/test_transitions.py",
    "rooms/stores/room_rows.py": "rooms/test_services.py",
    "rooms/upkeep/scheduler.py": "rooms/upkeep/test_transitions.py",
    "rooms/upkeep/unloading.py": "rooms/entry/test_media_access.py",
    "webhooks/services.py": "webhooks/test_api.py",
}


def modules() -> Iterator[Path]:
    for package in (*PACKAGES, "launch"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT)


def decides(module: Path) -> bool:
    nodes = ast.walk(ast.parse((ROOT / module).read_text()))
    return sum(isinstance(node, BRANCHES) for node in nodes) >= FEWEST_BRANCHES


def has_tests(module: Path) -> bool:
    return (TESTS / module.parent / f"test_{module.name}").exists()


def test_each_module_with_a_rule_has_tests_of_its_name_or_is_in_the_table() -> None:
    lacking = {str(each) for each in modules() if decides(each) and not has_tests(each)}
    assert lacking <= ELSEWHERE.keys()


@pytest.mark.parametrize("module", ELSEWHERE)
def test_the_table_names_no_module_that_is_gone_or_has_tests_of_its_name(module: str) -> None:
    assert (ROOT / module).exists()
    assert not has_tests(Path(module))


@pytest.mark.parametrize("tests", sorted(set(ELSEWHERE.values())))
def test_each_test_file_in_the_table_is_there(tests: str) -> None:
    assert (TESTS / tests).exists()
