"""What submitting a job stores in its row, and the link to its original."""

from accounts import grants
from accounts.principal import Grant
from processing.models import Job


def grant_of(job: Job) -> Grant:
    """Return what the link to the original hangs on: it ends with the attempt."""
    return Grant(source=f"job:{job.pk}:{job.fence}")


def forget(job: Job) -> None:
    """Have nothing to do with what was submitted any more, and end the link. Synchronous.

    ``core.recheck.ask`` must follow.
    """
    grants.end(grant_of(job).source)
    job.held().update(fence=None, provider_job_id="", outputs=None)
    job.fence, job.provider_job_id, job.outputs = None, "", None
