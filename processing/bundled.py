"""The processor that comes with StreamIt: this worker, and ffmpeg."""

from typing import ClassVar

from processing.attempt import Attempt
from processing.audio_tracks import report_left_out
from processing.processor import Processor
from processing.publishing import discard_parts
from processing.steps import make


class BundledProcessor(Processor):
    """Converts a film step by step, and publishes the result of each step."""

    name: ClassVar[str] = "local"

    async def submit(self, attempt: Attempt, source_url: str, callback_url: str) -> str:
        """See Processor.submit. Reads the original directly from its storage."""
        await attempt.fetch()
        await attempt.look()
        await report_left_out(attempt)
        await make(attempt)
        await discard_parts(attempt.job)
        return ""
