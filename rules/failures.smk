# What became of jobs that failed, wherever they ran: Snakemake tells of each by an event, which its
# own terminal does not show (quiet) and which names neither a signal nor a state of Slurm's. Seen
# here, each failure is found in the log of its step, or written there; from there the closing words,
# pages and results/stacks.csv have it. Of a job on a cluster it is told on the terminal at once too.

import time

from records.reports.untold import Job, by_stack, tell_in_log
from records.reports.slurm import job_ended
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

RUN_BEGAN = time.time()
# When jobs and groups of them were begun or submitted, by their numbers.
BEGUN = {}


def watch(record):
    """See what begins and what fails; every line goes on to whoever shows it."""
    event = getattr(record, "event", None)
    # Steps of a group are told of one by one too, indented.
    if event == LogEvent.GROUP_INFO:
        BEGUN[record.group_id] = time.time()
    elif event == LogEvent.JOB_INFO and not record.indent:
        BEGUN[record.jobid] = time.time()
    elif event == LogEvent.GROUP_ERROR:
        job, logs = getattr(record, "external_jobid", None), record.aux_logs
        failed(record.job_error_info, BEGUN.get(record.groupid, RUN_BEGAN), job, logs)
    elif event == LogEvent.JOB_ERROR and not record.indent:
        facts = {"rule_name": record.rule_name, "log": record.log, "output": record.output}
        job = record.aux.get("external_jobid")
        failed([facts], BEGUN.get(record.jobid, RUN_BEGAN), job, record.log[1:] if job else [])
    return True


def failed(jobs, since, external, logs):
    """See that what failed stands in a log of each stack; of a job on a cluster, say it too."""
    order = [rule.name for rule in workflow.rules]
    jobs = sorted(jobs, key=lambda facts: order.index(facts["rule_name"]))
    steps = [
        Job(whose(facts["log"][0]), Path(facts["log"][0]), tuple(map(Path, facts["output"])))
        for facts in jobs
        if facts["log"]
    ]
    try:
        reason = job_ended(external, Path(logs[-1]) if logs else None) if external else ""
        for stack in by_stack(steps):
            told = tell_in_log(stack, since, reason)
            if told and external:
                log, words = told
                progress(f"{stack[0].stack}: {log.stem}: error: {words}")
    # Snakemake, which only tells of a failure, is not to end by it.
    except Exception as error:
        warn(
            f"why {steps[0].stack if steps else 'a job'} stopped cannot be told: {reason_of(error)}"
        )


def whose(log):
    """The stack that a log is of: those of pages lie in a tree of their own."""
    names = Path(log).relative_to(LOGS).with_suffix("").parts
    specimen, view = names[1:3] if names[0] == ".review" else (*names, "", "")[:2]
    return f"{specimen} {view}"


if workflow.is_main_process:
    logger.addFilter(watch)
