"""What is known of a job that failed on PBS or LSF: how it ended, and the last words of its log."""

from __future__ import annotations

from records.batch_jobs import ended_by_itself, log_of
from records.reports.slurm import last_words


def job_ended(number: str) -> str:
    """Why a job failed, as far as anyone knows: number, what became of it, last words, log."""
    words = f"the cluster's job {number} failed"
    if not ended_by_itself(number):
        words = (
            f"the cluster's job {number} was ended, or never began; if nobody did that, it wanted "
            "more memory or time than it was given: with `retries` it is asked for more each time"
        )
    said = last_words(log_of(number))
    return "; ".join(filter(None, [words, said])) + f". See {log_of(number)}"
