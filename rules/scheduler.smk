# Snakemake's scheduler, woken once where it would be woken again and again, and without counting what
# nobody asks for.
#
# To start no more jobs a second than it may, Snakemake (9.27, snakemake/snakemake#3744) has its
# scheduler woken a second after each look at the jobs, and each waking ends in a look. So each job
# that ends begins a chain of wakings that goes on while jobs are ready: one a second more for each,
# until a core is taken from the steps. One waking that is to come is enough.
#
# At each choice it lists all jobs that are left, a hundred thousand of ten thousand stacks, for ways of
# choosing that look ahead. The greedy one does not.

import threading

try:
    from snakemake.scheduling.job_scheduler import JobScheduler
except ImportError:
    # Where it was in releases before.
    from snakemake.scheduler import JobScheduler


def wake_once(scheduler, delay_s):
    """Have a scheduler look at its jobs after a delay, unless it is to be woken already."""
    if scheduler.__dict__.setdefault("to_be_woken", False):
        return
    scheduler.to_be_woken = True

    def wake():
        scheduler.to_be_woken = False
        scheduler._open_jobs.release()

    timer = threading.Timer(delay_s, wake)
    timer.daemon = True
    timer.start()


# The name is Snakemake's.
if hasattr(JobScheduler, "_schedule_reevalutation"):
    JobScheduler._schedule_reevalutation = wake_once


def remaining_if_asked(scheduler):
    """The jobs that are left; none while some are ready and the choice among them is greedy."""
    is_greedy = type(scheduler._scheduler).__module__ == "snakemake.scheduling.greedy"
    if is_greedy and scheduler.workflow.dag.ready_jobs:
        return []
    return ALL_THAT_REMAIN.fget(scheduler)


ALL_THAT_REMAIN = getattr(JobScheduler, "remaining_jobs", None)
# Once in a process, in which Snakemake may read this file more than once.
if isinstance(ALL_THAT_REMAIN, property) and ALL_THAT_REMAIN.fget.__name__ == "remaining_jobs":
    JobScheduler.remaining_jobs = property(remaining_if_asked)
