"""What a client may ask of the player: which values pass, and which do not."""

from typing import Any

import pytest
from pydantic import ValidationError

from playback.commands import (
    MAX_POSITION_S,
    ClientMessage,
    Pause,
    Play,
    Seek,
    SetRate,
    SetSource,
    SetSubtitle,
)

WORK = {"provider": "youtube", "media_type": "movie", "external_id": "aqz-KE-bpKQ"}


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (Play, {}),
        (Play, {"position": 0}),
        (Pause, {"position": MAX_POSITION_S, "id": "x" * 64}),
        (Seek, {"position": 12.5}),
        (SetRate, {"rate": 0.25}),
        (SetRate, {"rate": 4}),
        (SetSource, {"source": WORK}),
        (SetSubtitle, {"track": None}),
    ],
)
def test_what_a_player_can_do_is_taken(command: type[ClientMessage], fields: Any) -> None:
    taken = command(**fields)
    assert taken.model_dump(include=fields.keys(), exclude={"source"}) == {
        name: value for name, value in fields.items() if name != "source"
    }


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        (Play, {"position": -0.1}),
        (Play, {"position": "12"}),
        (Play, {"position": float("nan")}),
        (Play, {"zest": 1}),
        (Pause, {"position": MAX_POSITION_S + 1}),
        (Seek, {}),
        (Seek, {"position": None}),
        (Seek, {"position": 1, "id": ""}),
        (Seek, {"position": 1, "id": "x" * 65}),
        (SetRate, {"rate": 0.24}),
        (SetRate, {"rate": 4.1}),
        (SetRate, {"rate": True}),
        (SetSource, {"source": None}),
        (SetSource, {"source": {**WORK, "season": 1}}),
        (SetSubtitle, {}),
        (SetSubtitle, {"track": ""}),
    ],
)
def test_what_no_player_can_do_is_refused(command: type[ClientMessage], fields: Any) -> None:
    with pytest.raises(ValidationError):
        command(**fields)
