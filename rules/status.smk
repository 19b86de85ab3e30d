# How far a run is, in results/run.js: for the collection's page, also from disk, and for who asks a
# terminal (records/reports/run_status.py). Snakemake says which jobs it starts and which fail, and knows
# which are done; nothing is looked for in the tree. A run beside another leaves the file to that one.
#
# And on this run's own terminal: one line that is rewritten where it stands, warnings and errors above it;
# in a log, a line for each stack. So a step says there no more than these (scripts/relay.py). Loggers for
# Snakemake as `rich` or `snkmt` count jobs, of which a stack has twelve, know nothing of stacks, and do
# not see what steps write themselves, which would break their lines.

import atexit
import os
import sys
import threading
import time
from contextlib import ExitStack, suppress

from records.errors import RecordError
from records.locks import held as lock_held, myself
from records.log import read_log
from records.reports.line_in_place import LineInPlace, can_rewrite
from records.reports.review_stack import written_row
from records.reports.run_status import ENDED, INTERRUPTED, LOCK, RunStatus, write_run
from records.reports.summary import newest_fault
from records.reports.run_words import BETWEEN, duration, progress_words, with_now
from records.runs.command import step_under_way
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

TOLD_EVERY_S = 2.0
# At which step a job on a cluster is, its logs tell.
LOOK_EVERY_S = 10.0


class Telling:
    """Keeps `results/run.js` true while a run is on."""

    def __init__(self):
        self.status, self.jobs, self.thread, self.looked = None, {}, None, 0.0
        self.lock, self.over, self.is_first = ExitStack(), threading.Event(), False
        self.line = None

    def hear(self, record):
        """Take note of what Snakemake says; every line goes on as it is."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_STARTED and not workflow.dryrun and not self.over.is_set():
            if self.status is None:
                self.begin()
            if self.status:
                self.status.started(record.jobs)
        elif event == LogEvent.GROUP_INFO and self.status:
            # On a cluster, the steps of a stack are one job.
            self.status.started([job.jobid for job in record.jobs], is_group=True)
        elif event == LogEvent.JOB_ERROR and self.status:
            self.status.failed(record.jobid, *self.reason(record))
        return True

    def begin(self):
        """Begin to tell, if any stack is worked on: on the terminal, and to all if no other run does."""
        self.jobs = {job.jobid: job for job in workflow.dag.needrun_jobs()}
        known = {
            number: ((job.wildcards.specimen, job.wildcards.view), job.rule.name)
            for number, job in self.jobs.items()
            if {"specimen", "view"} <= job.wildcards_dict.keys()
        }
        self.status = RunStatus(known, Path(SPECIMENS).parent) if known else False
        if not known:
            return
        try:
            Path(RESULTS).mkdir(parents=True, exist_ok=True)
            mine = self.status.by
            self.lock.enter_context(lock_held(Path(RESULTS, LOCK), mine, f"{RESULTS}: is told of"))
            self.is_first = True
        except (RecordError, OSError):
            pass
        # The steps that this run starts leave the terminal to it.
        os.environ[BY_STACK] = "yes"
        if can_rewrite(sys.stderr):
            self.line = LineInPlace(sys.stderr)
            self.through(sys.stderr, self.line)
        atexit.register(self.end, INTERRUPTED)
        self.thread = threading.Thread(target=self.keep_telling, daemon=True, name="status")
        self.thread.start()

    def through(self, before, now):
        """Have what this process says go to another stream."""
        sys.stderr = now
        for handler in logger.handlers:
            if getattr(handler, "stream", None) is before:
                handler.setStream(now)

    def keep_telling(self):
        """Write how far the run is, until it is over; a disk that cannot take it stops nothing."""
        self.write()
        if self.is_first and not SITE.index.is_file():
            write_site(self.status.told(), is_told=False)
        while not self.over.wait(TOLD_EVERY_S):
            self.write()

    def write(self, state=None):
        """Write how far the run is."""
        self.take_note()
        told = self.status.told(state) if state else self.status.told()
        if self.line and not state:
            with suppress(OSError):
                self.line.show(with_now(told, self.line.width()))
        if self.is_first:
            with suppress(OSError):
                write_run(Path(RESULTS), told)

    def take_note(self):
        """Take note of what is done, and of where jobs on a cluster are."""
        for number in self.status.running():
            if workflow.dag.finished(self.jobs[number]):
                stack = self.status.finished(number)
                if stack:
                    self.tell_of(stack)
                    if row := written_row(SITE, *stack):
                        self.status.add_row(row)
        if time.time() - self.looked > LOOK_EVERY_S:
            self.looked = time.time()
            for stack in self.status.submitted():
                if step := step_under_way(Path(LOGS, *stack), self.status.began):
                    self.status.at(stack, step)

    def tell_of(self, stack):
        """In a log, say that a stack is done; on a terminal, the line counts it."""
        if not self.line:
            took = duration(self.status.took(stack))
            words = progress_words(self.status.told())
            with suppress(OSError):
                progress(f"{' '.join(stack)}: done in {took}{BETWEEN}{words}")

    def stacks(self):
        """The stacks of this run, and whether all that it had to do for each is done."""
        if not self.status:
            return {}
        if not self.over.is_set():
            self.take_note()
        return self.status.stacks()

    def end(self, state=ENDED):
        """Tell how it ended, once; gives that, None where nothing was told."""
        if not self.status:
            self.sweep()
            return None
        if self.over.is_set():
            return None
        self.over.set()
        self.thread.join()
        if self.line:
            with suppress(OSError):
                self.line.erase()
            self.through(self.line, self.line.stream)
        self.write(state)
        self.lock.close()
        return self.status.told(state) if self.is_first else None

    def sweep(self):
        """Take away what a run left that was killed while it told."""
        lock = Path(RESULTS, LOCK)
        if lock.exists():
            with suppress(RecordError, OSError), lock_held(lock, myself("snakemake"), f"{lock}"):
                pass

    def reason(self, record):
        """Why a job stopped, which step it was, and the log that says so.

        Of steps that were submitted as one, Snakemake names each, whichever it was.
        """
        stack, step = self.status.jobs.get(record.jobid, (("", ""), ""))
        for log in () if record.indent else record.log:
            with suppress(OSError):
                if error := read_log(Path(log)).error:
                    return error, step, log
        fault = newest_fault(Path(LOGS, *stack), since=self.status.began)
        if fault:
            return fault.reason, fault.step, str(fault.log)
        return "it was ended from outside", step, next(iter(record.log), "")


# Of a job in a process of its own, a log beside its own terminal is the cluster's.
if not workflow.is_main_process:
    os.environ.pop(BY_STACK, None)
TELLING = Telling()
if not AS_MODULE and not REPORTING and workflow.is_main_process:
    # After what finds out why a job failed (failures.smk), and before that of the terminal, which keeps
    # lines from going on.
    logger.filters.insert(logger.filters.index(for_people), TELLING.hear)
