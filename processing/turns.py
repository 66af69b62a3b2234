"""In which order jobs are taken: the urgent ones first, and among those owners take turns."""

from uuid import UUID

from django.db.models import Max, Min, Q, QuerySet

from media.plan import Way
from processing.models import Job
from processing.states import Status

# Films that cannot be watched yet come first, storyboards last.
BY_URGENCY = ((Way.REMUX, Way.TRANSCODE), (Way.DIRECT,), (Way.STORYBOARD,))

# The open jobs, which have a turn. SQLite does not use the index for "is not null", and would read
# all the finished jobs.
OPEN_JOBS = Q(turn__gte=0)


def next_turn(owner_id: UUID, way: Way) -> int:
    """Return the turn of a new job: the one after the owner's last job, or the current turn.

    So owners take turns even if one has added a hundred films, and within a turn the oldest comes
    first. Newcomers do not overtake jobs that have waited for many turns. This is start-time fair
    queuing (Goyal, Vin and Cheng, 1996) with jobs of equal length. Storyboards are much shorter, so
    they have turns of their own. Synchronous.
    """
    jobs = Job.objects.filter(OPEN_JOBS)
    is_small = Q(plan=Way.STORYBOARD)
    alike = jobs.filter(is_small if way == Way.STORYBOARD else ~is_small)
    own = alike.filter(video__owner=owner_id).aggregate(Max("turn"))
    waiting = alike.filter(status=Status.QUEUED).aggregate(Min("turn"))
    return (waiting["turn__min"] or 0) if own["turn__max"] is None else own["turn__max"] + 1


def before(job: Job) -> QuerySet[Job]:
    """Return the waiting jobs that come before ``job``."""
    waiting = Job.objects.filter(OPEN_JOBS).exclude(status=Status.PROCESSING)
    same_turn = Q(turn=job.turn, held_until__lt=job.held_until)
    earlier = Q(turn__lt=job.turn) | same_turn
    urgency = next(number for number, ways in enumerate(BY_URGENCY) if job.plan in ways)
    more_urgent = Q(plan__in=[way for ways in BY_URGENCY[:urgency] for way in ways])
    alike = Q(plan__in=BY_URGENCY[urgency])
    return waiting.filter(more_urgent | (alike & earlier))
