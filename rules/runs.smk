# Which runs are at work in this folder. What a run starts knows its run, and ends with it; and what a
# killed run had locked is free again without a word of a person's.
#
# Snakemake's locks name files and nobody. So a run holds a mark of its own for as long as it lives,
# by a lock that the kernel lets go of (records/locks.py): where Snakemake finds files locked, and all
# runs that left marks were on this machine and live no more, their locks are removed. A run on
# another machine may live, whatever the lock says here: it is named, and a person decides.

import atexit
import os
import socket
import time
from contextlib import ExitStack, contextmanager, suppress

from records.ending import STARTED_BY, as_starter
from records.locks import PLANNED, RUN, held as lock_held, holder_of, is_held, myself, writing
from records.runs.at_work import MARKS, PLANNING
from snakemake import persistence
from snakemake.dag import DAG
from snakemake.exceptions import LockException

os.environ.update(as_starter())
if workflow.is_main_process or RUN not in os.environ:
    os.environ[RUN] = f"{os.environ[STARTED_BY]} {time.time_ns()}"
if workflow.is_main_process:
    os.environ.pop(PLANNED, None)


def hold_stacks_of_this_job():
    """On a cluster, keep other jobs and people out of the job's stacks until it ends.

    Snakemake removes what a step is to make before the step asks who else writes there. So a job
    whose Snakemake was killed and started again, and which still runs, has its files to itself.
    """
    job = f" job {os.getpid()} on {socket.gethostname()}"
    # The steps, and the Snakemake between, are of this job.
    if OF_THIS_JOB and " job " not in os.environ[RUN]:
        os.environ[RUN] += job
    try:
        for stack in sorted(OF_THIS_JOB):
            UNTIL_THE_END.enter_context(writing(Path(stack_file(stack, ""))))
    except RecordError as error:
        refuse(str(error))


UNTIL_THE_END = ExitStack()
if workflow.remote_exec:
    atexit.register(UNTIL_THE_END.close)
    hold_stacks_of_this_job()


def marking(lock):
    """Snakemake's locking of files, by a run that marks where it is at work."""

    @contextmanager
    def locked(files):
        folder, me = Path(files.path) / "holostack", myself("snakemake")
        with ExitStack() as until_the_end:
            with lock_held(folder / "beginning", me, f"{Path.cwd()}: is in use", 10):
                others = {mark: is_held(mark) for mark in folder.glob("*.run")}
                # The last to go: without its mark, nobody would know whose Snakemake's locks are.
                own = folder / f"{me.host}-{me.process}-{time.time_ns()}.run"
                until_the_end.enter_context(lock_held(own, me, f"{own}: is in use"))
                try:
                    taken(lock, files, until_the_end)
                except LockException:
                    free_of_the_dead(files, others, me.host)
                    taken(lock, files, until_the_end)
                for mark, is_alive in others.items():
                    if not is_alive:
                        mark.unlink(missing_ok=True)
            BEING_PLANNED.close()
            for mark in folder.glob(f"*{PLANNING}"):
                if not is_held(mark):
                    mark.unlink(missing_ok=True)
            if not any(others.values()):
                forget_what_is_done(files)
                remove_frames_left()
            yield
            if not all(others.values()):
                close_what_was_killed()

    locked.marks = True
    return locked


def marking_plan(init):
    """Snakemake's beginning of a plan, marked for who asks until the run begins."""

    def begin(dag, *args, **options):
        if workflow.remote_exec:
            leave_out_what_is_archived()
            note_first_try()
            leave_out_what_was_made()
        init(dag, *args, **options)
        if not workflow.is_main_process or workflow.dryrun:
            return
        me = myself(f"{len(STACKS):,} stacks")
        mark = MARKS / f"{me.host}-{me.process}-{time.time_ns()}{PLANNING}"
        # Where nobody may write, the run will be told so.
        with suppress(RecordError, OSError):
            BEING_PLANNED.enter_context(lock_held(mark, me, f"{mark}: is in use"))
            tell_jobs_when_it_was_planned(mark)

    begin.marks = True
    return begin


BEING_PLANNED = ExitStack()
atexit.register(BEING_PLANNED.close)


def taken(lock, files, until_the_end, tries=50):
    """Take Snakemake's locks, though a run that ends removes the folder with those of all runs."""
    for left in reversed(range(tries)):
        Path(files.path, "locks").mkdir(exist_ok=True)
        own = lock(files)
        try:
            own.__enter__()
        except FileNotFoundError:
            if not left:
                raise
            time.sleep(0.1)
        else:
            return until_the_end.callback(given_back, own)


def given_back(own):
    """Give Snakemake's locks back, unless another run that ended has removed them."""
    with suppress(FileNotFoundError):
        own.__exit__(None, None, None)


def free_of_the_dead(files, marks, host):
    """Remove the locks of runs that were killed on this machine; refuse where any may live."""
    alive = [holder_of(mark) for mark, is_alive in marks.items() if is_alive]
    left = [holder_of(mark) for mark, is_alive in marks.items() if not is_alive]
    elsewhere = [run for run in left if run.host != host]
    if alive:
        refuse(
            f"{Path.cwd()}: the same files are being made by {alive[0]}; wait until it has ended, or "
            "name other targets"
        )
    if elsewhere:
        refuse(
            f"{Path.cwd()}: the same files were being made by {elsewhere[0]}; from here nobody can "
            "tell whether it is still at work. If it is not: snakemake --unlock, then this again"
        )
    if not left:
        raise LockException()
    for run in left:
        progress(f"a run was ended before it was done, and is gone on with: {run}")
    files.cleanup_locks()


def forget_what_is_done(files):
    """Take back Snakemake's marks of unfinished files from what the archive knows to be done.

    Snakemake takes them back when it hears of a job's end. Killed between the two, it finds nothing
    left to do for the stack, and would keep the marks, and what `describe` leaves, for ever.
    """
    for stack, name in list(marked_as_unfinished(files)):
        if is_of_what_is_archived(stack, name):
            files._unmark_incomplete(name)
    drawn = {}
    for stack in asked_for():
        drawn[page(stack)] = drawn[overlays(stack)] = stack
    for name in files._filter_incomplete_keys(drawn):
        if is_drawn(drawn[name]) and not is_in_work(drawn[name]):
            files._unmark_incomplete(name)
    if not Path(LOGS, ".described").is_dir():
        return
    described = set(map(described_mark, asked_for())) - set(descriptions(None))
    for name in files._filter_incomplete_keys(described):
        files._unmark_incomplete(name)
    for name in described:
        Path(name).unlink(missing_ok=True)


@contextmanager
def looking(files):
    """What a dry run does in place of locking: it says who is at work on the same files."""
    marks = (Path(files.path) / "holostack").glob("*.run")
    alive = [holder_of(mark) for mark in marks if is_held(mark)]
    if alive and files.locked:
        progress(f"note: the same files are being made by {alive[0]}")
    yield


# Before it was a package, the module had one class.
OF_FILES = getattr(persistence, "PersistenceBase", None) or persistence.Persistence
if not hasattr(DAG.__init__, "marks"):
    DAG.__init__ = marking_plan(DAG.__init__)
if not hasattr(OF_FILES.lock, "marks"):
    OF_FILES.lock, OF_FILES.lock_warn_only = marking(OF_FILES.lock), looking
