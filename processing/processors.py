"""The processor that the settings choose."""

from django.conf import settings

from processing.bundled import BundledProcessor
from processing.http_processor import HttpProcessor
from processing.processor import NoSuchProcessor, Processor


def chosen() -> Processor:
    """Return the configured processor, for one event loop."""
    return BundledProcessor() if settings.PROCESSOR is None else HttpProcessor(settings.PROCESSOR)


def named(name: str) -> Processor:
    """Return the configured processor if it is called ``name``; raise NoSuchProcessor."""
    processor = chosen()
    if processor.name != name:
        raise NoSuchProcessor
    return processor
