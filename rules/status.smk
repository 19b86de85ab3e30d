# How far a run is, in results/run.js: for the collection's page, also from disk, and for who asks a
# terminal (records/reports/run_status.py). Snakemake says which jobs it starts and which fail, and knows
# which are done; nothing is looked for in the tree. A run beside another leaves the telling to that one.

import atexit
import threading
import time
from contextlib import ExitStack, suppress

from records.errors import RecordError
from records.locks import held as lock_held, myself
from records.log import read_log
from records.reports.review_stack import written_row
from records.reports.run_status import ENDED, INTERRUPTED, LOCK, RunStatus, write_run
from records.reports.summary import newest_fault
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
        self.lock, self.over = ExitStack(), threading.Event()

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
        """Begin to tell, if any stack is worked on and no other run tells."""
        self.jobs = {job.jobid: job for job in workflow.dag.needrun_jobs()}
        known = {
            number: ((job.wildcards.specimen, job.wildcards.view), job.rule.name)
            for number, job in self.jobs.items()
            if {"specimen", "view"} <= job.wildcards_dict.keys()
        }
        self.status = RunStatus(known, Path(SPECIMENS).parent) if known else False
        if not known:
            return
        Path(RESULTS).mkdir(parents=True, exist_ok=True)
        try:
            mine = myself("snakemake")
            self.lock.enter_context(lock_held(Path(RESULTS, LOCK), mine, f"{RESULTS}: is told of"))
        except (RecordError, OSError):
            self.status = False
            return
        atexit.register(self.end, INTERRUPTED)
        self.thread = threading.Thread(target=self.keep_telling, daemon=True, name="status")
        self.thread.start()

    def keep_telling(self):
        """Write how far the run is, until it is over; a disk that cannot take it stops nothing."""
        self.write()
        if not SITE.index.is_file():
            write_site(self.status.told(), is_told=False)
        while not self.over.wait(TOLD_EVERY_S):
            self.write()

    def write(self, state=None):
        """Write how far the run is."""
        for number in self.status.running():
            if workflow.dag.finished(self.jobs[number]):
                stack = self.status.finished(number)
                row = stack and written_row(SITE, *stack)
                if row:
                    self.status.add_row(row)
        if time.time() - self.looked > LOOK_EVERY_S:
            self.looked = time.time()
            for stack in self.status.submitted():
                if step := step_under_way(Path(LOGS, *stack), self.status.began):
                    self.status.at(stack, step)
        with suppress(OSError):
            write_run(Path(RESULTS), self.status.told(state) if state else self.status.told())

    def end(self, state=ENDED):
        """Tell how it ended, once; gives that, None where nothing was told."""
        if not self.status:
            self.sweep()
            return None
        if self.over.is_set():
            return None
        self.over.set()
        self.thread.join()
        self.write(state)
        self.lock.close()
        return self.status.told(state)

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


TELLING = Telling()
if not AS_MODULE and not REPORTING and workflow.is_main_process:
    # After what finds out why a job failed (failures.smk), and before that of the terminal, which keeps
    # lines from going on.
    logger.filters.insert(logger.filters.index(for_people), TELLING.hear)
