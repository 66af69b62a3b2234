"""No container engine runs here: prove that what the files name exists in the project."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from pydantic import HttpUrl

import media.subtitles
from config import asgi
from config.environment import Environment, read_environment, variable_name
from launch import up
from library.serve import nginx
from processing.models import Job
from processing.states import OPEN
from server.body_limit import MAX_BODY_BYTES
from tests.support import packages

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
WEB = SERVICES["web"]
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
INSTALL = (ROOT / "docs" / "operations" / "install.md").read_text()
VARIABLES = {variable_name(field) for field in Environment.model_fields}

# What a person puts into .env.
ENV_FILE = {
    "STREAMIT_PUBLIC_URL": "https://watch.example.org",
    "STREAMIT_SECRET_KEY": "s" * 40,
    "POSTGRES_PASSWORD": "a-password",
}


# And besides, to have films made elsewhere.
PROCESSOR = {
    "STREAMIT_PROCESSOR": "http",
    "STREAMIT_PROCESSOR_URL": "https://encoder.example.org/v1",
    "STREAMIT_PROCESSOR_SECRET": f"whsec_{'n' * 32}",
    "STREAMIT_PROCESSOR_OLD_SECRET": f"whsec_{'o' * 32}",
}


def filled(value: str) -> str:
    """Put the .env file's values in, as compose does."""
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda match: ENV_FILE[match[1]], value)


def environment_of(service: str, monkeypatch: pytest.MonkeyPatch, **written: str) -> Environment:
    """Return the settings of a service; ``written`` stands in the .env file besides."""
    for name in list(os.environ):
        if name.startswith("STREAMIT_") or name in VARIABLES:
            monkeypatch.delenv(name)
    for name, value in SERVICES[service]["environment"].items():
        # Without a value it is passed on, if it is set.
        text = written.get(name) if value is None else filled(value)
        if text is not None:
            monkeypatch.setenv(name, text)
    return read_environment()


def instructions(name: str) -> list[str]:
    """Return the arguments of each ``name`` instruction of the Dockerfile."""
    return [line.split(maxsplit=1)[1] for line in DOCKERFILE if line.split()[:1] == [name]]


def stage_of_the_server() -> list[str]:
    start = max(number for number, line in enumerate(DOCKERFILE) if line.startswith("FROM "))
    return DOCKERFILE[start:]


def port_of(command: list[str]) -> int:
    """Return the port of a command that runs ``manage.py up`` with arguments it accepts."""
    assert command[:3] == [".venv/bin/python", "manage.py", "up"]
    assert (ROOT / command[1]).is_file()
    options = up.parse_options(command[3:])
    assert options.host == "0.0.0.0"
    return int(options.port)


def health_url(command: str) -> str:
    match = re.search(r"http://[^'\" ]+", command)
    assert match
    return match[0]


def test_the_services_are_nginx_two_web_a_worker_valkey_and_postgres() -> None:
    assert set(SERVICES) == {"nginx", "web", "worker", "valkey", "postgres"}
    assert WEB["deploy"]["replicas"] == 2
    assert all("healthcheck" in service for service in SERVICES.values())


def test_what_every_service_logs_is_bounded() -> None:
    for name, service in SERVICES.items():
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}, name


def test_a_service_waits_only_for_services_that_exist() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_named_volumes_are_declared_and_bound_files_exist() -> None:
    used = set()
    for service in SERVICES.values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).is_file()
            else:
                used.add(source)
    assert used == set(COMPOSE["volumes"])


def test_the_server_accepts_its_command_and_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(WEB["environment"]) <= VARIABLES

    environment = environment_of("web", monkeypatch)

    assert environment.trusted_proxy
    database, redis = urlsplit(environment.database_url), urlsplit(environment.redis_url)
    postgres = SERVICES["postgres"]["environment"]
    assert (database.hostname, database.port) == ("postgres", 5432)
    assert database.username == postgres["POSTGRES_USER"]
    assert database.password == filled(postgres["POSTGRES_PASSWORD"])
    assert database.path == f"/{postgres['POSTGRES_DB']}"
    assert (redis.hostname, redis.port) == ("valkey", 6379)
    assert SERVICES["valkey"]["command"][0] == "valkey-server"


def test_the_worker_has_a_command_that_exists_and_stores_and_stands_where_the_servers_do() -> None:
    worker = SERVICES["worker"]
    assert worker["command"] == [".venv/bin/python", "manage.py", "work"]
    assert (ROOT / "config" / "management" / "commands" / "work.py").is_file()
    assert set(worker["environment"]) <= VARIABLES
    for name in ("STREAMIT_SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        assert worker["environment"][name] == WEB["environment"][name]
    assert WEB["environment"]["STREAMIT_JOBS"] == "0"
    assert "data:/data" in worker["volumes"]
    scratch = worker["environment"]["STREAMIT_SCRATCH"]
    assert f"scratch:{scratch}" in worker["volumes"]
    assert scratch in instructions("RUN")[-1].split()


def test_films_are_made_by_the_workers_unless_the_env_file_names_a_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for service in ("web", "worker"):
        with monkeypatch.context() as patch:
            assert environment_of(service, patch).processor_options() is None


def test_servers_and_workers_have_what_a_processing_service_elsewhere_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for service in ("web", "worker"):
        with monkeypatch.context() as patch:
            environment = environment_of(service, patch, **PROCESSOR)
        options = environment.processor_options()
        assert options is not None
        assert options.url == PROCESSOR["STREAMIT_PROCESSOR_URL"]
        assert len(options.keys) == 2
        # By which it fetches the original and calls back.
        assert environment.public_url == HttpUrl(ENV_FILE["STREAMIT_PUBLIC_URL"])
        found.append(options)
    assert found[0] == found[1]


def test_what_may_stand_in_the_env_file_reaches_servers_and_workers_alike() -> None:
    passed = [
        {name for name, value in SERVICES[each]["environment"].items() if value is None}
        for each in ("web", "worker")
    ]
    assert passed[0] == passed[1]
    assert passed[0] >= set(PROCESSOR)


def test_a_cluster_starts_workers_by_the_jobs_that_wait() -> None:
    manifest = yaml.safe_load((ROOT / "deploy" / "worker-jobs.yaml").read_text())
    assert manifest["kind"] == "ScaledJob"
    (container,) = manifest["spec"]["jobTargetRef"]["template"]["spec"]["containers"]
    assert container["command"] == [".venv/bin/python", "manage.py", "work", "--once"]
    assert {each["name"] for each in container["env"]} <= VARIABLES
    (trigger,) = manifest["spec"]["triggers"]
    columns = {field.column for field in Job._meta.concrete_fields}
    query = trigger["metadata"]["query"]
    assert f"FROM {Job._meta.db_table} " in query
    assert set(re.findall(r"\b(?:status|held_until)\b", query)) <= columns
    assert set(re.findall(r"'(\w+)'", query)) == set(OPEN)
    # Who holds a film keeps it from being counted, so those at work must not be taken off from the
    # count: the default starts count - running, "accurate" count - pending.
    # https://keda.sh/docs/latest/reference/scaledjob-spec/#scalingstrategy
    assert "held_until < now()" in query
    assert manifest["spec"]["scalingStrategy"] == {"strategy": "accurate"}


def test_workers_on_kubernetes_are_told_nothing_of_services() -> None:
    manifest = yaml.safe_load((ROOT / "deploy" / "worker-jobs.yaml").read_text())
    assert manifest["spec"]["jobTargetRef"]["template"]["spec"]["enableServiceLinks"] is False


def test_what_reads_strangers_files_gets_no_more_rights_than_it_began_with() -> None:
    for name in ("nginx", "web", "worker"):
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    manifest = yaml.safe_load((ROOT / "deploy" / "worker-jobs.yaml").read_text())
    pod = manifest["spec"]["jobTargetRef"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    # A user's name in the image is none that a cluster can check.
    (user,) = re.findall(r"useradd .*--uid (\d+)", "\n".join(DOCKERFILE))
    assert pod["securityContext"]["runAsUser"] == int(user)
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.engines
def test_systemd_understands_the_unit_and_finds_little_that_it_may(tmp_path: Path) -> None:
    analyze = packages.find("systemd")
    (text,) = re.findall(r"```ini\n(\[Unit\].*?)```", INSTALL, re.DOTALL)
    unit = tmp_path / "streamit.service"
    # The program is where whoever follows the page has put it.
    unit.write_text(text.replace("/opt/streamit/streamit", shutil.which("true") or ""))
    verified = subprocess.run(
        [analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    # Of 100, where a unit that says nothing has 92.
    subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=55", unit],
        capture_output=True,
        check=True,
    )


def test_the_unit_lets_folders_of_films_hand_on_their_group() -> None:
    # The page has nginx read films by a group that folders hand on (setgid): with this setting the
    # system refuses to make such a folder readable, and with it each upload.
    assert "-exec chmod g+s" in INSTALL
    assert not re.search(r"^(RestrictSUIDSGID|DynamicUser)=", INSTALL, re.MULTILINE)


def test_no_example_has_a_comment_behind_a_setting() -> None:
    documents = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    text = "\n".join(path.read_text() for path in documents)
    assert re.findall(r"^[A-Z][A-Z_\d]+=.*[ \t]#", text, re.MULTILINE) == []
    containers = INSTALL.partition("## With containers")[2]
    env_file = re.search(r"^STREAMIT_PUBLIC_URL=.*?\n```", containers, re.DOTALL | re.MULTILINE)
    assert env_file
    assert set(re.findall(r"^(\w+)=", env_file[0], re.MULTILINE)) == set(ENV_FILE)


def test_everybody_means_the_same_port() -> None:
    port = port_of(WEB["command"])
    image_command = yaml.safe_load(instructions("CMD")[-1])

    assert port == port_of(image_command)
    assert instructions("EXPOSE") == [str(port)]
    assert re.findall(r"set \$web (\S+);", NGINX) == [f"web:{port}"]
    for command in (" ".join(WEB["healthcheck"]["test"]), instructions("HEALTHCHECK")[0]):
        assert urlsplit(health_url(command)).port == port


def test_nginx_listens_where_compose_publishes_and_asks() -> None:
    (listen,) = re.findall(r"listen (\d+);", NGINX)
    (published,) = SERVICES["nginx"]["ports"]

    assert published.split(":")[1] == listen
    health = urlsplit(health_url(" ".join(SERVICES["nginx"]["healthcheck"]["test"])))
    assert str(health.port) == listen
    assert any(volume.startswith("./deploy/nginx.conf:") for volume in SERVICES["nginx"]["volumes"])


def test_health_checks_ask_a_path_that_answers() -> None:
    commands = [
        " ".join(SERVICES["nginx"]["healthcheck"]["test"]),
        " ".join(WEB["healthcheck"]["test"]),
        instructions("HEALTHCHECK")[0],
    ]
    for command in commands:
        path = urlsplit(health_url(command)).path
        assert any(mount.path.fullmatch(path) for mount in asgi.MOUNTS), path


def test_nginx_tells_the_server_who_asks_and_keeps_its_limits() -> None:
    assert "proxy_set_header Host $http_host;" in NGINX
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in NGINX
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in NGINX
    megabytes = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    form, tus, subtitles = (int(each) * 1024**2 for each in megabytes)
    assert min(form, tus) > settings.MAX_UPLOAD_BYTES
    assert subtitles > media.subtitles.MAX_BYTES
    (kibibytes,) = re.findall(r"client_max_body_size (\d+)k;", NGINX)
    assert int(kibibytes) * 1024 > MAX_BODY_BYTES
    sockets = NGINX[NGINX.index("location /ws/") :]
    assert "proxy_set_header Upgrade $http_upgrade;" in sockets
    assert "$request_uri" not in NGINX
    assert "$args" not in NGINX


def test_nginx_tells_the_same_in_every_place() -> None:
    for place in re.findall(r"location [^{]*\{([^}]*)\}", NGINX):
        # With one of its own, a location inherits none of the server's headers.
        if "proxy_set_header" in place:
            for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto"):
                assert f"proxy_set_header {header} $" in place, place


def test_nginx_logs_no_request_line() -> None:
    # Its messages of level "error" quote the request with its query string, whatever the format.
    assert re.findall(r"error_log \S+ (\w+);", NGINX) == ["crit"]


def nginx_place_of(key: str) -> list[str]:
    """Return the paths under which the server names a local file to nginx."""
    return [nginx.WHOLE + key, nginx.PART + key]


def test_nginx_has_the_folder_of_the_files_that_it_sends() -> None:
    assert WEB["environment"]["STREAMIT_NGINX_SENDS_FILES"] == "on"
    (volume,) = [each for each in WEB["volumes"] if each.startswith("data:")]
    assert f"{volume}:ro" in SERVICES["nginx"]["volumes"]
    folder = volume.partition(":")[2]
    assert NGINX.count(f"alias {folder}/videos/;") == len(nginx_place_of(""))


def test_nginx_is_the_user_whose_files_it_sends() -> None:
    (uid,) = re.findall(r"useradd --system --uid (\d+) streamit", "\n".join(instructions("RUN")))

    assert SERVICES["nginx"]["user"] == uid
    # What nginx writes for itself is root's in its image.
    written = {place.partition(":")[0] for place in SERVICES["nginx"]["tmpfs"]}
    assert written == {"/var/cache/nginx", "/run"}
    assert all(place.endswith(f":uid={uid}") for place in SERVICES["nginx"]["tmpfs"])


def test_nginx_gives_special_treatment_only_to_paths_that_exist() -> None:
    files = nginx_place_of("some-video")
    stream, made = "/api/v1/videos/x/stream", "/media/token/x/v1/film.mp4"
    routes = [
        "/ws/rooms/abc/",
        "/api/v1/videos",
        stream,
        "/api/v1/uploads",
        made,
        "/metrics",
        "/",
        *files,
    ]
    assert any(mount.path.fullmatch(made) for mount in asgi.MOUNTS)
    for location in re.findall(r"location (?:= )?(/\S*) \{", NGINX):
        assert any(route.startswith(location) for route in routes), location


def test_the_image_copies_what_exists_and_every_package() -> None:
    copied = set()
    for arguments in instructions("COPY"):
        words = shlex.split(arguments)
        if words[0].startswith("--from="):
            assert words[0] == "--from=pages"
            continue
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            copied.add(source)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["importlinter"]["root_packages"]) <= copied
    server = "\n".join(stage_of_the_server())
    for lock in re.findall(r"requirements/\S+\.lock", server):
        assert (ROOT / lock).is_file()
    assert "python3 -m launch.pages" in "\n".join(instructions("RUN"))


def test_data_is_kept_in_a_volume_the_server_may_write() -> None:
    (variable,) = [line for line in instructions("ENV") if "STREAMIT_DATA=" in line]
    folder = re.findall(r"STREAMIT_DATA=(\S+)", variable)[0]

    assert instructions("VOLUME") == [folder]
    assert WEB["volumes"] == [f"data:{folder}"]
    (user,) = instructions("USER")
    assert f"install -d -m 0700 -o {user} -g {user} {folder}" in "\n".join(instructions("RUN"))
