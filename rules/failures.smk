# What became of jobs that failed, wherever they ran: Snakemake tells of each by an event, which its
# own terminal does not show (quiet) and which names neither a signal nor a state of Slurm's. Seen
# here, each failure is found in the log of its step, or written there; from there the closing words,
# pages and results/stacks.csv have it. Of a job on a cluster it is told on the terminal at once too.

import time

from records.reports.untold import Job, by_stack, may_pass, tell_in_log
from records.reports.batch import job_ended as batch_job_ended
from records.reports.slurm import job_ended
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

RUN_BEGAN = time.time()
# When jobs and groups of them were begun or submitted, by their numbers.
BEGUN = {}
# Jobs whose steps said why they stopped: `retries` are not for them.
WOULD_FAIL_AGAIN = set()


def watch(record):
    """See what begins and what fails; every line goes on to whoever shows it."""
    event = getattr(record, "event", None)
    # Steps of a group are told of one by one too, indented.
    if event == LogEvent.GROUP_INFO:
        begun(record.group_id)
    elif event == LogEvent.JOB_INFO and not record.indent:
        begun(record.jobid)
    elif event == LogEvent.GROUP_ERROR:
        job, logs = getattr(record, "external_jobid", None), record.aux_logs
        failed(record.groupid, record.job_error_info, job, logs)
    elif event == LogEvent.JOB_ERROR and not record.indent:
        facts = {"rule_name": record.rule_name, "log": record.log, "output": record.output}
        job = record.aux.get("external_jobid")
        failed(record.jobid, [facts], job, record.log[1:] if job else [])
    return True


def begun(number):
    """Note that a job was begun or submitted, or is again."""
    BEGUN[number] = time.time()
    WOULD_FAIL_AGAIN.discard(number)


def failed(number, jobs, external, logs):
    """See that what failed stands in a log of each stack; of a job on a cluster, say it too."""
    order = [rule.name for rule in workflow.rules]
    jobs = sorted(jobs, key=lambda facts: order.index(facts["rule_name"]))
    steps = [
        Job(whose(facts["log"][0]), Path(facts["log"][0]), tuple(map(Path, facts["output"])))
        for facts in jobs
        if facts["log"]
    ]
    try:
        reason = why_it_ended(external, logs) if external else ""
        causes = []
        for stack in by_stack(steps):
            told = tell_in_log(stack, BEGUN.get(number, RUN_BEGAN), reason)
            if told is None:
                continue
            log, words = told
            causes.append(words)
            if external:
                progress(f"{stack[0].stack}: {log.stem}: error: {words}")
        if external and not causes:
            progress(reason)
        if causes and not any(map(may_pass, causes)):
            WOULD_FAIL_AGAIN.add(number)
    # Snakemake, which only tells of a failure, is not to end by it.
    except Exception as error:
        warn(
            f"why {steps[0].stack if steps else 'a job'} stopped cannot be told: {reason_of(error)}"
        )


def why_it_ended(external, logs):
    """What the cluster knows of a job that failed."""
    if workflow.executor_plugin.name == "slurm":
        return job_ended(external, Path(logs[-1]) if logs else None)
    return batch_job_ended(external)


def whose(log):
    """The stack that a log is of: those of pages lie in a tree of their own."""
    names = Path(log).relative_to(LOGS).with_suffix("").parts
    specimen, view = names[1:3] if names[0] == ".review" else (*names, "", "")[:2]
    return f"{specimen} {view}"


def without_retries(handle_error):
    """Snakemake's handling of a failed job, which tries none again that would fail again."""

    def handled(scheduler, job, *more, **named):
        number = job.groupid if job.is_group() else workflow.dag.jobid(job)
        if number in WOULD_FAIL_AGAIN:
            job.attempt = job.restart_times + 1
        return handle_error(scheduler, job, *more, **named)

    handled.tells = True
    return handled


if workflow.is_main_process:
    logger.addFilter(watch)
    # The name is Snakemake's.
    if not hasattr(JobScheduler._handle_error, "tells"):
        JobScheduler._handle_error = without_retries(JobScheduler._handle_error)
