"""What is made of a film, step by step. A step that an earlier attempt has done is left out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from library.models import Rendition
from library.renditions import FILE_NAME
from media import plan, recipes
from media.kinds import MP4
from processing.attempt import Attempt
from processing.publishing import Made, publish


@dataclass(frozen=True, slots=True)
class Step:
    """``share`` is how long it takes, beside the others: seconds for a second of film."""

    name: str
    share: float
    run: Callable[[Attempt], Awaitable[None]]
    # Whose name stands for the whole of it.
    makes: str


def steps_of(attempt: Attempt) -> list[Step]:
    """Return what is to be made, in order; what plays first comes first."""
    facts = attempt.facts
    way = plan.way_of(video_codec=facts.video_codec, pixel_format=facts.pixel_format)
    steps: list[Step] = []
    if way == plan.Way.REMUX:
        steps.append(Step("remux", 0.01, _remux, FILE_NAME))
    return [step for step in steps if step.makes not in attempt.made]


async def _remux(attempt: Attempt) -> None:
    """Make the MP4 that plays where the original does not."""
    output = attempt.folder / FILE_NAME
    facts = attempt.facts
    await attempt.run(recipes.remux(attempt.source, attempt.demuxer, facts.tracks, output))
    made = await attempt.facts_of(output, MP4)
    attempt.check_length(made.duration_s, "the MP4")
    size = {"width": made.width, "height": made.height}
    film = Made(output, Rendition.Kind.MP4, MP4.mime_type, size)
    await publish(attempt.job, [film], duration_s=made.duration_s)
