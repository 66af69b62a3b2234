"""The fields of a job that belong to a submission, and the link to the original."""

from accounts import grants
from accounts.principal import Grant
from processing.models import Job


def grant_of(job: Job) -> Grant:
    """Return the grant of the link to the original; it ends with the attempt."""
    return Grant(source=f"job:{job.pk}:{job.fence}")


def forget(job: Job) -> None:
    """Detach ``job`` from its submission and revoke the link to the original. Synchronous.

    Call ``core.recheck.trigger`` afterwards.
    """
    grants.end(grant_of(job).source)
    job.held().update(fence=None, provider_job_id="", outputs=None)
    job.fence, job.provider_job_id, job.outputs = None, "", None
