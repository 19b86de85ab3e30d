# Stacks go through their steps one after the other (records/turns.py): of what is ready, Snakemake's
# scheduler is shown the steps of stacks that are begun, and as many others' first ones as there are
# processors for. It need not look at the ten thousand that wait, either. On a cluster, where a stack
# is one job, the cluster has the say. Here, steps that run side by side ask for no more memory than
# the machine has, unless --resources mem_mb=… says how much they may.

from records.machine import memory_bytes
from records.turns import Turns
from snakemake.scheduling.greedy import Scheduler as Greedy

# By the order of the rules: what is nearly done goes before what was never begun.
STEP_NUMBERS = {}


def place_in_turn(job):
    """Where a job stands in the order; None for what is no step of a stack, or waits for a rig."""
    if not STEP_NUMBERS:
        STEP_NUMBERS.update((rule.name, -number) for number, rule in enumerate(workflow.rules))
    stack = stack_of_step(job)
    if stack not in STACKS or job.rule.name == "capture_stack":
        return None
    return STEP_NUMBERS[job.rule.name], STACKS[stack].row


def stack_of_step(job):
    """The stack that a job is a step of; empty words where it is none."""
    return job.wildcards_dict.get("specimen", ""), job.wildcards_dict.get("view", "")


def is_gone_on_with(job):
    """Whether a job goes on with what was done in this run."""
    dag = workflow.dag
    return any(dag.finished(other) and dag.needrun(other) for other in dag.dependencies[job])


TURNS = Turns(
    place=place_in_turn,
    stack_of=stack_of_step,
    threads=lambda stack: needs.threads("convert", size_of(stack)),
    may_begin=lambda stack, begun: has_room(stack, begun),
)


def jobs_in_turn(scheduler):
    """For Snakemake: of the jobs that are ready, those that may be begun now."""
    ready = workflow.dag.ready_jobs
    if workflow.dryrun or workflow.touch or not workflow.local_exec:
        return list(ready)
    running = {stack_of_step(job) for job in scheduler.running if place_in_turn(job)}
    return TURNS.offered(ready, running, is_gone_on_with, workflow.cores)


def by_turns(select_jobs):
    """Snakemake's choice, which of jobs that are worth the same takes the first in the order."""

    def select(scheduler, jobs, *others):
        # There, jobs are groups of steps.
        if not workflow.local_exec:
            return select_jobs(scheduler, jobs, *others)
        return select_jobs(
            scheduler, sorted(jobs, key=lambda job: place_in_turn(job) or ()), *others
        )

    select.by_turns = True
    return select


def with_memory_of_machine(init):
    """Snakemake's scheduler, which knows how much memory the steps on this machine have together."""

    def begin(scheduler, of_workflow, *others):
        limits = of_workflow.global_resources
        memory_mb = memory_bytes() // 10**6
        is_limited = {"mem", "mem_mb", "mem_mib"} & set(limits)
        if of_workflow.local_exec and memory_mb and not is_limited:
            # A step that asks for more is given all of it, and runs alone.
            limits["mem_mb"] = memory_mb
        init(scheduler, of_workflow, *others)

    return begin


# The names are Snakemake's.
if workflow.is_main_process and not AS_MODULE and hasattr(JobScheduler, "open_jobs"):
    JobScheduler.open_jobs = property(jobs_in_turn)
    JobScheduler.__init__ = with_memory_of_machine(JobScheduler.__init__)
    if not hasattr(Greedy.select_jobs, "by_turns"):
        Greedy.select_jobs = by_turns(Greedy.select_jobs)
