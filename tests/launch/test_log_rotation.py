from pathlib import Path

from launch.log_rotation import KEPT, Rotation


def test_a_full_file_is_put_aside_and_the_oldest_is_removed(tmp_path: Path) -> None:
    log = tmp_path / "streamit.log"
    for number in range(KEPT + 2):
        log.write_text(f"{number}".rjust(10))
        Rotation([log, tmp_path / "none.log"], most_bytes=10).check()

    assert {path.name: path.read_text().strip() for path in tmp_path.iterdir()} == {
        "streamit.log.1": "6",
        "streamit.log.2": "5",
        "streamit.log.3": "4",
        "streamit.log.4": "3",
    }


def test_a_file_with_room_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "streamit.log"
    log.write_text("short")

    Rotation([log], most_bytes=10).check()

    assert log.read_text() == "short"
