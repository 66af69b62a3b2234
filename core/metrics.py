"""All metrics of the project, in one place so that names and labels stay consistent."""

from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

# livesum: /metrics adds up the processes of one machine, without dead ones.
sockets = Gauge("streamit_sockets", "Open room sockets.", multiprocess_mode="livesum")
active_rooms = Gauge(
    "streamit_rooms",
    "Rooms with an open socket, counted once for each process.",
    multiprocess_mode="livesum",
)
# Counted only on request, because there are some for every socket.
tasks = Gauge(
    "streamit_tasks",
    "Tasks of the event loop; each process counts its own when it answers /metrics.",
    multiprocess_mode="livesum",
)
disk_free_bytes = Gauge(
    "streamit_disk_free_bytes",
    "Free bytes of the data folder's disk, when /metrics was asked for.",
    multiprocess_mode="livemostrecent",
)
commands = Counter(
    "streamit_commands_total",
    "Playback and moderation commands by type and outcome, and other messages that were refused.",
    ["type", "outcome"],
)
ignored_commands = Counter(
    "streamit_ignored_commands_total",
    "Playback commands ignored because the sender is neither host nor co-host.",
    ["type"],
)
refusals = Counter(
    "streamit_refusals_total",
    "Requests and messages refused because of who sent them or how often, by the error's code.",
    ["code"],
)
fanout_seconds = Histogram(
    "streamit_fanout_seconds",
    "Time to hand one message to every socket of its room in this process.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
redis_errors = Counter("streamit_redis_errors_total", "Failures to reach Redis.", ["purpose"])
closes = Counter("streamit_socket_closes_total", "Room sockets closed by us.", ["code"])
# Read from the database on request, so the value of the last process is right.
jobs = Gauge(
    "streamit_jobs", "Jobs of workers by status.", ["status"], multiprocess_mode="livemostrecent"
)
oldest_job_seconds = Gauge(
    "streamit_oldest_job_seconds",
    "How long the job that was due first has been waiting for a worker.",
    multiprocess_mode="livemostrecent",
)
busy_workers = Gauge(
    "streamit_busy_workers",
    "Workers that are at work on a job.",
    multiprocess_mode="livemostrecent",
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A metric counted in the database: a histogram if it has ``buckets``, otherwise a counter."""

    name: str
    help: str
    label: str
    buckets: tuple[float, ...] = ()


_JOB_BUCKETS = (10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14400.0, 43200.0)
job_playable_seconds = Stored(
    "streamit_job_playable_seconds",
    "From when a film was queued until it could be watched, of those that could not before.",
    "plan",
    _JOB_BUCKETS,
)
job_seconds = Stored(
    "streamit_job_seconds", "From when a job was queued until all was made.", "plan", _JOB_BUCKETS
)
job_attempts = Stored(
    "streamit_job_attempts_total", "Attempts at jobs that are over, by how they ended.", "outcome"
)
job_failures = Stored(
    "streamit_job_failures_total", "Attempts at jobs that made nothing, by why.", "reason"
)
