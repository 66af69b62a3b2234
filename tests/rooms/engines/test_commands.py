"""Commands and chat on every engine: what is stored, sent, and decided between servers.

Who may do what, and what becomes of the film, is the same on all of them.
"""

import pytest

from tests.rooms.commands.test_playback import (  # noqa: F401
    test_a_chosen_source_starts_at_its_beginning_as_its_provider_describes_it,
    test_a_cohost_controls_until_dismissed,
    test_a_command_sent_twice_acts_once_and_is_answered_the_same,
    test_a_film_that_has_ended_is_told_as_paused_at_its_end_everywhere,
    test_a_pong_is_in_the_same_time_at_every_server,
    test_chat_reaches_all_once_in_one_order,
    test_chat_that_breaks_a_rule_is_answered_by_the_rule,
    test_commands_from_everywhere_at_once_end_the_same_for_all,
    test_everyone_controls_playback_and_the_queue_when_the_host_lets_them_but_not_people,
    test_the_length_of_a_film_of_the_library_is_the_librarys,
)
from tests.support.engines import OTHERS

pytestmark = pytest.mark.parametrize("pair", OTHERS, indirect=True, scope="session")
