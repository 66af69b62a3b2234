"""The processor that comes with StreamIt: this worker, and ffmpeg."""

from typing import ClassVar

from processing.attempt import Attempt
from processing.processor import Processor
from processing.publishing import discard_parts
from processing.sounds import tell_left_out
from processing.steps import steps_of


class BundledProcessor(Processor):
    """Makes one step after the other, and shows what each has made."""

    name: ClassVar[str] = "local"

    async def submit(self, attempt: Attempt, source_url: str, callback_url: str) -> str:
        """See Processor.submit; it reads the original where it lies."""
        await attempt.fetch()
        await attempt.look()
        await tell_left_out(attempt)
        steps = steps_of(attempt)
        attempt.plan([step.share for step in steps])
        for step in steps:
            await attempt.enter(step.name, step.share)
            await step.run(attempt)
        await discard_parts(attempt.job)
        return ""
