"""What the live state is, read from what was told of it."""

from playback.sources.base import MediaType, SourceKey
from playback.sources.registry import describe
from playback.state import (
    Command,
    LiveState,
    Pause,
    Play,
    Remember,
    Seek,
    SetDuration,
    SetRate,
    SetSource,
    Verdict,
    apply,
)
from rooms import codec, protocol
from rooms.snapshot import state_heard, state_message

FILM = describe(SourceKey("youtube", MediaType.MOVIE, "aqz-KE-bpKQ"))
OTHER = describe(SourceKey("youtube", MediaType.MOVIE, "dQw4w9WgXcQ"))
DAY: list[tuple[Command, str | None]] = [
    (SetDuration(90.0, 1), None),
    (Remember(33.0, 1), None),
    (Play(), "a"),
    (Play(), "b"),
    (SetRate(2.0), None),
    (SetDuration(91.0), None),
    (Seek(12.0), "c"),
    (SetSource(FILM), "d"),
    (SetDuration(80.0), None),
    (SetSource(FILM), None),
    (Pause(3.0), "e"),
    (SetSource(OTHER), None),
    *((Seek(float(n)), f"s{n}") for n in range(10)),
    (SetSource(None), "f"),
]


def test_who_hears_of_each_state_knows_it_as_well_as_redis() -> None:
    state = LiveState(revision=50, host="ana", forgotten=True)
    heard = state
    for number, (command, id_) in enumerate(DAY):
        outcome = apply(state, command, now_ms=1000.0 * number, by="ana", lead_ms=100, id=id_)
        assert outcome.verdict is Verdict.APPLIED, command
        state = outcome.state
        text = codec.encode(state_message(state, id=id_))
        told = protocol.PlaybackState.model_validate_json(text, strict=False)
        heard = state_heard(told, after=heard)
        assert heard == state, command
