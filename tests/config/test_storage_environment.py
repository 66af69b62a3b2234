from pathlib import Path

import pytest

from config.environment import WrongSetting, read_environment


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("local,attic", "attic is none of: local, database, s3,"),
        ("local,s3", "s3 needs STREAMIT_S3_BUCKET"),
        ("dropbox", "dropbox needs STREAMIT_DROPBOX_APP_KEY"),
        ("remote", "at least one that takes videos"),
        (",", "at least one that takes videos"),
        ("local,local", "one twice"),
    ],
)
def test_a_wrong_list_of_storages_ends_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv("STREAMIT_STORAGES", value)
    with pytest.raises(WrongSetting) as wrong:
        read_environment()
    assert str(wrong.value).startswith("STREAMIT_STORAGES: ")
    assert why in str(wrong.value)


def test_what_is_set_up_can_be_read_even_when_it_is_not_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STREAMIT_S3_BUCKET", "films")
    monkeypatch.setenv("STREAMIT_STORAGES", "database")
    environment = read_environment()
    options = environment.storage_options(data=Path("/data"), link_max_bytes=5, own_hosts=[])
    assert environment.storages == ["database"]
    assert set(options) == {"local", "database", "s3", "remote"}


def test_no_secret_shows_when_options_are_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = "not for anybody's eyes"
    for name in ("S3_SECRET_ACCESS_KEY", "AZURE_ACCOUNT_KEY", "DROPBOX_APP_SECRET"):
        monkeypatch.setenv(f"STREAMIT_{name}", secret)
    for name in ("DROPBOX_REFRESH_TOKEN", "GDRIVE_CLIENT_SECRET", "GDRIVE_REFRESH_TOKEN"):
        monkeypatch.setenv(f"STREAMIT_{name}", secret)
    for name in ("S3_BUCKET", "GCS_BUCKET", "AZURE_ACCOUNT", "AZURE_CONTAINER"):
        monkeypatch.setenv(f"STREAMIT_{name}", "films")
    for name in ("DROPBOX_APP_KEY", "GDRIVE_CLIENT_ID"):
        monkeypatch.setenv(f"STREAMIT_{name}", "ours")
    (tmp_path / "key.json").write_text(f'{{"private_key": "{secret}"}}')
    monkeypatch.setenv("STREAMIT_GCS_SERVICE_ACCOUNT_FILE", str(tmp_path / "key.json"))

    environment = read_environment()
    options = environment.storage_options(data=Path("/data"), link_max_bytes=5, own_hosts=[])
    assert {"s3", "gcs", "azure", "dropbox", "gdrive"} <= set(options)
    assert secret not in f"{environment!r} {environment} {options!r} {options}"


@pytest.mark.parametrize("text", ["/run/secrets/key.json", "{}", "[1]", "7"])
def test_what_is_no_service_account_ends_the_start_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("STREAMIT_GCS_SERVICE_ACCOUNT", text)
    with pytest.raises(WrongSetting) as wrong:
        read_environment()
    why = "STREAMIT_GCS_SERVICE_ACCOUNT: must be the JSON text of a service account's key"
    assert str(wrong.value) == why
