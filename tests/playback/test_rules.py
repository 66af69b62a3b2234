"""The rules of playback: tables of state, command and what comes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playback.commands import (
    MAX_POSITION_S,
    ClearSource,
    Command,
    MakeHost,
    Pause,
    Play,
    PlayNext,
    PutOn,
    Remember,
    Seek,
    SetCohost,
    SetDuration,
    SetRate,
    SetSubtitle,
    Stall,
)
from playback.rules import Context, Outcome, Verdict, apply
from playback.sources.base import Capabilities, MediaType, PlaybackSource, SourceKey
from playback.state import REMEMBERED_ANSWERS, LiveState
from playback.waiting import Hold

NOW = 1_000_000.0
LEAD = 200.0
FILM = PlaybackSource(
    provider="youtube",
    media_type=MediaType.MOVIE,
    external_id="dQw4w9WgXcQ",
    supports_events=True,
    supports_progress=True,
    capabilities=Capabilities(seek=True, pause=True, resume=True, autoplay=True),
)

PAUSED = LiveState(
    revision=7, host="ana", cohosts=("ben",), position=30, at=NOW - 60_000, by="ana", source=FILM
)
# Started ten seconds ago at 30 s, at double speed: at 50 s now.
PLAYING = PAUSED.model_copy(update={"playing": True, "at": NOW - 10_000, "rate": 2.0})
# Will start in a tenth of a second.
SCHEDULED = PAUSED.model_copy(update={"playing": True, "at": NOW + 100})
# Ran into its end at 40 s, five seconds ago.
ENDED = PLAYING.model_copy(update={"duration": 40.0})
# Nothing has been chosen yet.
EMPTY = PAUSED.model_copy(update={"source": None, "position": 0.0})


def decide(
    state: LiveState,
    command: Command,
    *,
    by: str | None = "ana",
    id: str | None = None,  # noqa: A002 - the protocol's name
    lead_ms: float = LEAD,
) -> Outcome:
    return apply(state, command, Context(by, id, lead_ms), now_ms=NOW)


Anchor = tuple[bool, float, float, float]  # playing, position, rate, at relative to NOW


@pytest.mark.parametrize(
    ("state", "command", "anchor"),
    [
        # From paused.
        (PAUSED, Play(), (True, 30, 1, LEAD)),
        (PAUSED, Play(position=12), (True, 12, 1, LEAD)),
        (PAUSED, Pause(position=12), (False, 12, 1, 0)),
        (PAUSED, Seek(position=12), (False, 12, 1, 0)),
        (PAUSED, SetRate(rate=2), (False, 30, 2, 0)),
        (PAUSED, ClearSource(), (False, 0, 1, 0)),
        (PAUSED, ClearSource(only=SourceKey.of(FILM), why="deleted"), (False, 0, 1, 0)),
        # From playing: 50 s are reached.
        (PLAYING, Play(position=12), (True, 12, 2, LEAD)),
        (PLAYING, Pause(), (False, 50, 2, 0)),
        (PLAYING, Pause(position=12), (False, 12, 2, 0)),
        (PLAYING, Seek(position=12), (True, 12, 2, LEAD)),
        (PLAYING, SetRate(rate=0.5), (True, 50, 0.5, 0)),
        (PLAYING, PutOn(FILM), (False, 0, 1, 0)),
        (PLAYING, PutOn(FILM, 90.0), (False, 90, 1, 0)),
        # Scheduled a tenth of a second ahead: nothing has been played yet.
        (SCHEDULED, Play(position=12), (True, 12, 1, LEAD)),
        (SCHEDULED, Pause(), (False, 30, 1, 0)),
        (SCHEDULED, Seek(position=12), (True, 12, 1, LEAD)),
        (SCHEDULED, SetRate(rate=2), (True, 30, 2, 100)),
        # At the end the room is paused: playing again begins at the beginning.
        (ENDED, Play(), (True, 0, 2, LEAD)),
        (ENDED, Play(position=12), (True, 12, 2, LEAD)),
        # A player that has ended tells where it stands.
        (ENDED, Play(position=39.9), (True, 0, 2, LEAD)),
        (ENDED, Play(position=1000), (True, 0, 2, LEAD)),
        (ENDED, Pause(position=12), (False, 12, 2, 0)),
        (ENDED, Seek(position=12), (False, 12, 2, 0)),
        (ENDED, Seek(position=1000), (False, 40, 2, 0)),
        (ENDED, SetRate(rate=1), (False, 40, 1, 0)),
    ],
)
def test_a_command_anchors_the_room_anew(
    state: LiveState, command: Command, anchor: Anchor
) -> None:
    outcome = decide(state, command)
    new = outcome.state
    assert outcome.verdict is Verdict.APPLIED
    assert (new.playing, new.position, new.rate, new.at - NOW) == pytest.approx(anchor)
    assert (new.revision, new.by) == (8, "ana")


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (PLAYING, Play()),
        (SCHEDULED, Play()),
        (PAUSED, Pause()),
        (PAUSED, Pause(position=30)),
        (PLAYING, SetRate(rate=2)),
        (ENDED.effective(NOW), SetDuration(40.04)),
        (ENDED.effective(NOW), Pause()),
        (EMPTY, Play()),
        (EMPTY, Play(position=3)),
        (EMPTY, Pause(position=3)),
        (EMPTY, Seek(position=3)),
        (EMPTY, SetRate(rate=2)),
        (EMPTY, SetDuration(90)),
        (PAUSED, MakeHost("ana")),
        (PAUSED, SetCohost("ben", True)),
        (PAUSED, SetCohost("cem", False)),
        (PAUSED, SetCohost("ana", True)),
    ],
)
def test_what_is_so_already_changes_nothing(state: LiveState, command: Command) -> None:
    outcome = decide(state, command)
    assert (outcome.verdict, outcome.state) == (Verdict.UNCHANGED, state)


def test_a_pause_at_the_end_of_a_film_is_told_as_of_when_it_got_there() -> None:
    assert decide(ENDED, Pause()).state == ENDED.effective(NOW)


PLAYBACK: list[Command] = [
    Play(),
    Play(position=1),
    Pause(position=1),
    Seek(position=1),
    SetRate(rate=3),
    ClearSource(),
]
AUTHORITY: list[Command] = [MakeHost("cem"), SetCohost("cem", True)]


@pytest.mark.parametrize("command", [*PLAYBACK, *AUTHORITY, SetDuration(90)])
@pytest.mark.parametrize("stranger", ["cem", "", "ANA", "ana "])
def test_nobody_else_can_do_anything(stranger: str, command: Command) -> None:
    outcome = decide(PAUSED, command, by=stranger, id="x")
    assert (outcome.verdict, outcome.state) == (Verdict.IGNORED, PAUSED)


@pytest.mark.parametrize("command", PLAYBACK)
def test_a_cohost_controls_playback(command: Command) -> None:
    assert decide(PAUSED, command, by="ben").state.by == "ben"


@pytest.mark.parametrize("command", AUTHORITY)
def test_a_cohost_appoints_nobody(command: Command) -> None:
    assert decide(PAUSED, command, by="ben").verdict is Verdict.IGNORED


def test_the_new_host_is_no_cohost_and_the_old_one_no_more_than_before() -> None:
    new = decide(PAUSED, MakeHost("ben")).state
    assert (new.host, new.cohosts, new.by) == ("ben", (), "ana")
    assert decide(new, Pause(position=1), by="ana").verdict is Verdict.IGNORED


def test_a_cohost_is_appointed_once_and_dismissed() -> None:
    two = decide(PAUSED, SetCohost("cem", True)).state
    assert two.cohosts == ("ben", "cem")
    assert decide(two, SetCohost("ben", False)).state.cohosts == ("cem",)


def test_the_server_itself_may_do_anything() -> None:
    new = decide(PAUSED, MakeHost("cem"), by=None).state
    assert (new.host, new.revision) == ("cem", 8)


def test_learning_the_length_moves_nothing_and_keeps_the_author() -> None:
    new = decide(PLAYING, SetDuration(90), by="ana").state
    assert (new.duration, new.by, new.at, new.position) == (90, "ana", PLAYING.at, 30)


def test_the_hosts_word_on_the_length_beats_a_cohosts() -> None:
    guessed = decide(PLAYING, SetDuration(90), by="ben").state
    told = decide(guessed, SetDuration(95), by="ana").state
    again = decide(told, SetDuration(90), by="ben")
    assert (guessed.duration, told.duration) == (90, 95)
    assert (again.verdict, again.state.duration) == (Verdict.IGNORED, 95)


@pytest.mark.parametrize("length_s", [3, 50])
def test_viewers_guess_ends_no_film(length_s: float) -> None:
    # The room is at 50 s.
    outcome = decide(PLAYING, SetDuration(length_s, guessed=True), by=None)
    assert (outcome.verdict, outcome.state.duration) == (Verdict.UNCHANGED, None)


def test_a_controllers_length_beats_viewers_guess_and_no_guess_beats_it() -> None:
    guessed = decide(PLAYING, SetDuration(60, guessed=True), by=None).state
    told = decide(guessed, SetDuration(90), by="ben").state
    assert (guessed.duration, told.duration, told.playing) == (60, 90, True)
    confirmed = decide(guessed, SetDuration(60), by="ana").state
    for known in (told, confirmed):
        late = decide(known, SetDuration(70, guessed=True), by=None)
        assert late.verdict is Verdict.UNCHANGED
        assert decide(known, SetDuration(80), by="ben").verdict is Verdict.IGNORED


def test_a_film_that_only_seemed_to_be_over_plays_on_from_where_it_stopped() -> None:
    new = decide(ENDED, SetDuration(90)).state
    assert (new.duration, new.playing, new.position, new.at) == (90, True, 40, NOW + LEAD)
    # Players measure a little differently: what is over stays over.
    over = decide(ENDED, SetDuration(40.6)).state
    assert (over.playing, over.is_over_at(NOW)) == (False, True)
    paused = ENDED.model_copy(update={"playing": False, "position": 40.0})
    assert decide(paused, SetDuration(90)).state.playing is False


@pytest.mark.parametrize(
    ("command", "by", "begins"),
    [
        (Play(position=3), "ana", True),
        (PutOn(FILM), "ben", True),
        (PlayNext("item", FILM, "cem"), None, True),
        (SetDuration(90), "ana", False),
        (SetCohost("cem", True), "ana", False),
        (Stall("ben", 50, 7, 10), None, False),
    ],
)
def test_a_film_begins_when_a_controller_moves_it_or_the_room_goes_on_to_it(
    command: Command, by: str | None, begins: bool
) -> None:
    new = decide(PLAYING.model_copy(update={"begun_at": 5.0}), command, by=by).state
    assert new.revision > PLAYING.revision
    assert new.begun_at == (NOW if begins else 5.0)


@pytest.mark.parametrize(
    ("command", "by", "chosen_by"),
    [
        (PutOn(FILM), "ben", "ben"),
        (PlayNext("item", FILM, "cem"), "ana", "cem"),
        (PlayNext("item", FILM, "cem"), None, "cem"),
        (ClearSource(), "ben", None),
        (Seek(position=3), "ben", "dan"),
    ],
)
def test_a_room_knows_who_chose_what_it_plays(
    command: Command, by: str | None, chosen_by: str | None
) -> None:
    chosen = PLAYING.model_copy(update={"chosen_by": "dan"})
    assert decide(chosen, command, by=by).state.chosen_by == chosen_by


def test_an_item_that_several_put_on_at_the_same_time_begins_once() -> None:
    begun = decide(ENDED, PlayNext("item", FILM, "cem"), by="ana").state
    assert decide(begun, PlayNext("item", FILM, "cem"), by="ben").verdict is Verdict.UNCHANGED
    answered = decide(begun, PlayNext("item", FILM, "cem"), by="ben", id="b").state
    assert answered.source_revision == begun.source_revision
    assert decide(begun, PlayNext("another", FILM, "cem")).state.queue_item == "another"


def test_a_new_source_has_an_unknown_length() -> None:
    assert decide(ENDED, PutOn(FILM)).state.duration is None


@pytest.mark.parametrize(("start_s", "position"), [(59, 59), (59.9, 0), (60, 0), (70, 0)])
def test_a_film_that_is_to_start_past_its_end_begins_at_its_beginning(
    start_s: float, position: float
) -> None:
    chosen = decide(ENDED, PutOn(FILM, start_s=start_s, duration_s=60)).state
    next_ = decide(ENDED, PlayNext("item", FILM, "cem", start_s=start_s, duration_s=60)).state
    assert (chosen.position, next_.position, next_.playing) == (position, position, True)


def test_a_start_that_turns_out_to_lie_past_the_end_is_none() -> None:
    begun = decide(ENDED, PlayNext("item", FILM, "cem", start_s=7000)).state
    known = decide(begun, SetDuration(60)).state
    assert (known.duration, known.playing, known.position) == (60, True, 0)
    assert known.at == NOW + LEAD
    paused = decide(decide(ENDED, PutOn(FILM, 7000)).state, SetDuration(60)).state
    assert (paused.playing, paused.position) == (False, 0)
    # Who has gone to the end by their own player's length stays there.
    end = decide(decide(ENDED, PutOn(FILM, 60.5)).state, SetDuration(60)).state
    assert end.ended_at(NOW)


def test_a_length_that_is_known_is_changed_by_no_player() -> None:
    chosen = decide(ENDED, PutOn(FILM, start_s=30, duration_s=60)).state
    assert (chosen.duration, chosen.position) == (60, 30)
    assert decide(chosen, SetDuration(61), by="ana").verdict is Verdict.UNCHANGED
    assert decide(chosen, PutOn(FILM)).state.duration is None
    measured = decide(decide(chosen, PutOn(FILM)).state, SetDuration(61)).state
    assert measured.duration == 61


def test_a_length_measured_before_the_source_changed_is_not_taken() -> None:
    chosen = decide(ENDED, PutOn(FILM)).state
    late = decide(chosen, SetDuration(40, seen=chosen.revision - 1))
    assert (late.verdict, late.state.duration) == (Verdict.UNCHANGED, None)
    moved = decide(chosen, Seek(position=3)).state
    assert decide(moved, SetDuration(90, seen=chosen.revision)).state.duration == 90


def test_a_forgotten_position_is_taken_once_from_who_knew_it() -> None:
    lost = PLAYING.model_copy(
        update={"revision": 1_000, "playing": False, "position": 0.0, "forgotten": True}
    )
    found = decide(lost, Remember(61.5, seen=7)).state
    assert (found.playing, found.position, found.forgotten) == (False, 61.5, False)
    assert decide(found, Remember(5, seen=7)).verdict is Verdict.UNCHANGED
    assert decide(lost, Remember(61.5, seen=1_000)).verdict is Verdict.UNCHANGED
    assert decide(lost, Remember(61.5, seen=7), by="cem").verdict is Verdict.IGNORED
    assert decide(PLAYING, Remember(61.5, seen=7)).verdict is Verdict.UNCHANGED


@pytest.mark.parametrize(
    "command",
    [Play(), Pause(position=3), Seek(position=3), SetRate(rate=3), PutOn(FILM)],
)
def test_what_a_host_commands_meanwhile_is_not_undone_by_memory(command: Command) -> None:
    lost = PLAYING.model_copy(update={"revision": 1_000, "playing": False, "forgotten": True})
    assert not decide(lost, command).state.forgotten
    assert decide(lost, SetDuration(90)).state.forgotten


def test_the_rooms_subtitles_are_the_controllers_choice_for_one_film() -> None:
    shown = decide(PLAYING, SetSubtitle(track="fr"), by="ben").state
    assert (shown.subtitle, shown.revision) == ("fr", PLAYING.revision + 1)
    assert (shown.position, shown.at, shown.by) == (PLAYING.position, PLAYING.at, PLAYING.by)
    assert decide(shown, SetSubtitle(track="fr")).verdict is Verdict.UNCHANGED
    assert decide(shown, SetSubtitle(track="de"), by="cem").verdict is Verdict.IGNORED
    assert decide(EMPTY, SetSubtitle(track="fr")).verdict is Verdict.UNCHANGED
    assert decide(shown, SetSubtitle(track=None)).state.subtitle is None
    assert decide(shown, PutOn(FILM)).state.subtitle is None


# --- ids repeated ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [Play(position=5), Pause(), Seek(position=3), SetRate(rate=4), PutOn(FILM)],
)
def test_a_repeated_id_is_answered_as_the_first_was(command: Command) -> None:
    first = decide(PAUSED, command, id="x").state
    later = decide(first, Seek(position=999), id="y").state
    again = decide(later, command, id="x")
    assert (again.verdict, again.state) == (Verdict.REPEATED, later)
    assert again.answer is not None
    assert again.answer.public_fields() == first.public_fields()


def test_an_id_whose_command_changed_nothing_has_no_effect_later() -> None:
    kept = decide(PAUSED, Pause(), id="x").state
    playing = decide(kept, Play(), id="y").state
    assert decide(playing, Pause(), id="x").state == playing


def test_another_members_same_id_is_another_command() -> None:
    first = decide(PAUSED, Play(), by="ana", id="x").state
    assert decide(first, Pause(), by="ben", id="x").verdict is Verdict.APPLIED


def test_without_an_id_nothing_is_remembered() -> None:
    assert decide(PAUSED, Play(position=1)).state.answers == ()


def test_the_last_eight_answers_are_remembered() -> None:
    state = PAUSED
    for number in range(REMEMBERED_ANSWERS + 1):
        state = decide(state, Seek(position=number), id=str(number)).state
    assert [answer.id for answer in state.answers] == list("12345678")
    assert decide(state, Seek(position=1), id="1").verdict is Verdict.REPEATED
    assert decide(state, Seek(position=0), id="0").verdict is Verdict.APPLIED


# --- for every command ----------------------------------------------------------------

members = st.sampled_from(["ana", "ben", "cem", "dua"])
positions = st.floats(0, MAX_POSITION_S)
commands = st.one_of(
    (st.none() | positions).map(lambda position: Play(position=position)),
    (st.none() | positions).map(lambda position: Pause(position=position)),
    positions.map(lambda position: Seek(position=position)),
    st.floats(0.25, 4).map(lambda rate: SetRate(rate=rate)),
    st.sampled_from([PutOn(FILM), ClearSource()]),
    st.builds(SetDuration, st.floats(0, MAX_POSITION_S, exclude_min=True)),
    st.builds(MakeHost, members),
    st.builds(SetCohost, members, st.booleans()),
    st.builds(Stall, members, positions, st.just(1), st.just(10.0)),
)
holds = st.sampled_from([None, Hold(("ana", "ben"), 10)])


@given(st.lists(st.tuples(commands, members, st.floats(-5_000, 1e9), holds), max_size=12))
def test_whatever_is_commanded_the_state_can_be_told(
    steps: list[tuple[Command, str, float, Hold | None]],
) -> None:
    state, now_ms = LiveState(host="ana"), NOW
    for command, by, wait_ms, hold in steps:
        now_ms += wait_ms
        outcome = apply(state, command, Context(by, lead_ms=LEAD, hold=hold), now_ms=now_ms)
        assert outcome.state.revision == state.revision + (outcome.verdict is Verdict.APPLIED)
        state = outcome.state
        assert 0 <= state.position <= MAX_POSITION_S
        assert 0 <= state.position_at(now_ms + 1e12) <= MAX_POSITION_S
        assert state.held is None or not (state.playing or state.ended_at(now_ms))
        assert state.host not in state.cohosts
        assert len(set(state.cohosts)) == len(state.cohosts)
        assert LiveState.model_validate_json(state.model_dump_json()) == state
