import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import global_settings

from config.environment import Environment, WrongSetting, read_environment, variable_name
from config.setting_types import parse_duration
from core.packages import PACKAGES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("90s", timedelta(seconds=90)),
        ("1.5h", timedelta(minutes=90)),
        ("2m", timedelta(minutes=2)),
        (" 7d ", timedelta(days=7)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "90", "s", "-5s", "5 s", "5weeks", "1e3s", "infs", "٣s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="with its unit"):
        parse_duration(text)


def test_what_kubernetes_says_of_services_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "STREAMIT_SERVICE_HOST": "10.96.0.11",
        "STREAMIT_SERVICE_PORT": "8000",
        "STREAMIT_SERVICE_PORT_HTTP": "8000",
        "STREAMIT_PORT": "tcp://10.96.0.11:8000",
        "STREAMIT_PORT_8000_TCP": "tcp://10.96.0.11:8000",
        "STREAMIT_PORT_8000_TCP_ADDR": "10.96.0.11",
        "STREAMIT_POSTGRES_SERVICE_HOST": "10.96.0.12",
        "STREAMIT_POSTGRES_PORT": "tcp://10.96.0.12:5432",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    read_environment()
    assert not {variable_name(field) for field in Environment.model_fields} & set(told)

    monkeypatch.setenv("STREAMIT_PORT", "9000")
    with pytest.raises(WrongSetting, match=r"^STREAMIT_PORT: there is no such setting"):
        read_environment()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("STREAMIT_SECRET_KEY", '# python3 -c "print(something long enough)"', "line of its own"),
        ("STREAMIT_METRICS_TOKEN", " # what Prometheus sends", "line of its own"),
        ("STREAMIT_GRACE", "60", "with its unit"),
        ("STREAMIT_GRACE", "0s", "positive"),
        ("STREAMIT_IDLE", "999999999999d", "at most 36500d"),
        ("STREAMIT_GUEST_EXPIRY", "36501d", "at most 36500d"),
        ("STREAMIT_GRACE", "9" * 400 + "h", "at most 36500d"),
        ("STREAMIT_MAX_UPLOAD_BYTES", "9" * 30, "must be at most 9007199254740992"),
        ("STREAMIT_DATABASE_MAX_BYTES", "9" * 30, "must be at most 9007199254740992"),
        ("STREAMIT_HOSTS", "https://a.example", "https://a.example is no host name"),
        ("STREAMIT_HOSTS", "a.example,b.example:8000", "b.example:8000 is no host name"),
        ("STREAMIT_HOSTS", "a.example/watch", "without scheme, port or path"),
        ("STREAMIT_HOSTS", "*.example.org", ".example.org for all below it"),
        ("STREAMIT_HOSTS", "::1", "in [brackets]"),
        ("STREAMIT_HOSTS", "müller.example", "letters of ASCII"),
        ("STREAMIT_FFMPEG", "/nonexistent/ffmpeg", "there is no program /nonexistent/ffmpeg"),
        ("STREAMIT_FFMPEG", "ffmpeg-of-nobody", "there is no program ffmpeg-of-nobody"),
        ("STREAMIT_LOG_PATH", "/nonexistent/x.log", "cannot write to /nonexistent/x.log: No such"),
        ("STREAMIT_LOG_PATH", "/", "cannot write to /: Is a directory"),
        ("STREAMIT_SCRATCH", "/dev/null/scratch", "cannot make files in /dev/null/scratch"),
        ("STREAMIT_S3_ENDPOINT", "minio:9000", "must begin with http:// or https://"),
        ("STREAMIT_PUBLIC_URL", "https://me:secret@example.org", "without a user name"),
        ("STREAMIT_MAX_CAPACITY", "1", "must be at least 2"),
        ("STREAMIT_MAX_CAPACITY", "many", "must be a whole number"),
        ("STREAMIT_PUBLIC_URL", "watch.example.org", "must be a web address"),
        ("STREAMIT_PUBLIC_URL", "https://example.org/watch", "cannot be served below a path"),
        ("STREAMIT_METRICS_NETWORKS", "10.0.0.1/8", "has host bits set"),
        ("STREAMIT_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("STREAMIT_RATE_LIMITS", "perhaps", "must be on or off"),
        ("STREAMIT_PROCESSOR", "http", "needs STREAMIT_PROCESSOR_URL"),
        ("STREAMIT_PROCESSOR_URL", "https://encoder.example/v1?key=1", "must end with the path"),
        ("STREAMIT_PROCESSOR_URL", "https://me:secret@encoder.example/", "user name"),
        ("STREAMIT_PROCESSOR_URL", "http://encoder.example:22/", "port"),
        ("STREAMIT_PROCESSOR_SECRET", "whsec_c2hvcnQ=", "at least 24 bytes"),
        ("STREAMIT_PROCESSOR_OLD_SECRET", "whsec_!!!", "not a webhook secret"),
        ("REDIS_URL", "http://localhost", "redis://"),
        ("REDIS_URL", "redis://localhost:many/0", "port"),
        ("REDIS_URL", "redis+sentinel://one:26379,two:26379", "service"),
        ("REDIS_URL", "redis://localhost/first", "must be a number"),
        ("REDIS_URL", "redis://localhost/0?colour=red", "colour"),
        ("REDIS_URL", "redis://localhost?db=first", "'db'"),
        ("REDIS_URL", "unix://", "names no socket"),
        ("DATABASE_URL", "oracle://localhost", "postgres://"),
        ("DATABASE_URL", "sqlite://", "names no file"),
        ("DATABASE_URL", "postgres://", "names no database"),
        ("DATABASE_URL", "postgresql://streamit:secret@host/", "names no database"),
        ("DATABASE_URL", "sqlite:///", "names no file"),
        ("DATABASE_URL", "postgres://me:a#b@localhost/streamit", "%23"),
        ("DATABASE_URL", "postgres://me:secret@localhost:99999/streamit", "port"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSetting) as wrong:
        read_environment()

    assert str(wrong.value).startswith(f"{name}: ")
    assert why in str(wrong.value)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STREAMIT_HOSTS", "*,a.example,.b.example,192.168.1.20,[::1],tv-1,A.example"),
        ("STREAMIT_IDLE", "36500d"),
        ("REDIS_URL", "rediss://me:secret@[::1]:6380/3?socket_timeout=3"),
        ("REDIS_URL", "redis://cache"),
        ("REDIS_URL", "unix:///run/valkey.sock?db=2"),
        ("DATABASE_URL", "sqlite:///rooms.sqlite3"),
        ("STREAMIT_SCRATCH", "/tmp/not/there/yet"),
    ],
)
def test_a_value_that_can_work_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    read_environment()


def test_a_program_is_found_on_the_path_and_below_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "my-ffmpeg"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("STREAMIT_FFMPEG", "my-ffmpeg")
    assert read_environment().ffmpeg == str(program)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STREAMIT_FFMPEG", "./my-ffmpeg")
    assert read_environment().ffmpeg == str(program)


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMIT_IDLE", "soon")
    monkeypatch.setenv("STREAMIT_LOG_FORMAT", "xml")

    with pytest.raises(WrongSetting) as wrong:
        read_environment()

    named = {line.partition(":")[0] for line in str(wrong.value).splitlines()}
    assert named == {"STREAMIT_IDLE", "STREAMIT_LOG_FORMAT"}


def test_a_setting_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMIT_GRACE_SECONDS", "60")

    with pytest.raises(WrongSetting, match="STREAMIT_GRACE_SECONDS: there is no such setting"):
        read_environment()


def test_a_setting_may_be_given_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("redis://:secret@live/0\n")
    monkeypatch.setenv("REDIS_URL_FILE", str(secret))

    assert read_environment().redis_url == "redis://:secret@live/0"


def test_a_file_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STREAMIT_SECRET_KEY_FILE", str(tmp_path / "absent"))

    with pytest.raises(WrongSetting, match=r"STREAMIT_SECRET_KEY_FILE: cannot read .*/absent"):
        read_environment()


@pytest.mark.parametrize("name", [variable_name(field) for field in Environment.model_fields])
def test_an_empty_setting_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.delenv(name, raising=False)
    unset = read_environment()

    monkeypatch.setenv(name, "")
    assert read_environment() == unset

    empty = tmp_path / "empty"
    empty.write_text("\n")
    monkeypatch.setenv(f"{name}_FILE", str(empty))
    assert read_environment() == unset


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMIT_HOSTS", " a.example, ,b.example,")

    assert read_environment().hosts == ["a.example", "b.example"]


def test_each_streamit_has_a_scratch_folder_of_its_own_in_the_one_that_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def folder(secret_key: str, **database: str) -> Path:
        environment = read_environment()
        return environment.scratch_folder(
            data=tmp_path / "data", secret_key=secret_key, database=database
        )

    assert folder("one", NAME="rooms") == tmp_path / "data" / "scratch"

    monkeypatch.setenv("STREAMIT_SCRATCH", str(tmp_path))
    own = folder("one", NAME="rooms", HOST="db")
    assert own.parent == tmp_path
    assert own.name.startswith("streamit-")
    assert own == folder("one", NAME="rooms", HOST="db")
    others = [folder("two", NAME="rooms", HOST="db"), folder("one", NAME="other", HOST="db")]
    assert own not in others


@pytest.mark.parametrize(
    ("env", "may"),
    [
        ({}, "upload"),
        ({"STREAMIT_HOSTS": "192.168.1.20,cinema,cinema.local"}, "upload"),
        ({"STREAMIT_PUBLIC_URL": "http://192.168.1.20:8000"}, "upload"),
        ({"STREAMIT_PUBLIC_URL": "https://watch.example.org"}, "watch"),
        ({"STREAMIT_HOSTS": "192.168.1.20,watch.example.org"}, "watch"),
        ({"STREAMIT_HOSTS": "8.8.8.8"}, "watch"),
        ({"STREAMIT_TRUSTED_PROXY": "on"}, "watch"),
        ({"STREAMIT_TRUSTED_PROXY": "on", "STREAMIT_PUBLIC_URL": "http://localhost"}, "upload"),
        ({"STREAMIT_GUESTS": "off"}, "off"),
        ({"STREAMIT_GUESTS": "upload", "STREAMIT_PUBLIC_URL": "https://w.example.org"}, "upload"),
    ],
)
def test_guests_may_upload_where_no_stranger_gets(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], may: str
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert read_environment().what_guests_may_do() == may


@pytest.mark.parametrize("written", ["none", " None\n"])
def test_metrics_may_be_of_no_network_at_all(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("STREAMIT_METRICS_NETWORKS", written)

    assert read_environment().metrics_networks == []


def test_every_setting_is_read_by_somebody() -> None:
    root = Path(__file__).parents[2]
    code = {
        path: path.read_text()
        for package in (*PACKAGES, "launch")
        for path in (root / package).rglob("*.py")
    }
    everywhere = "\n".join(code.values())
    for field in Environment.model_fields:
        assert re.search(rf"\.{field}\b", everywhere), field
    own = root / "config" / "settings.py"
    elsewhere = "\n".join(text for path, text in code.items() if path != own)
    for name in re.findall(r"^([A-Z]\w+)\b.*= .*ENV\.", own.read_text(), re.MULTILINE):
        # Django and channels read theirs by themselves.
        theirs = hasattr(global_settings, name) or name == "CHANNEL_LAYERS"
        here = len(re.findall(rf"\b{name}\b", code[own])) > 1
        assert theirs or here or re.search(rf"settings\.{name}\b", elsewhere), name
