# What Snakemake notes of files is no reason to make again what the archive has. Beside its own records, a
# run that was killed leaves marks of files as unfinished that a job on a node has finished since, and
# notes of how they were made before; a job that is killed while it gives its files their times leaves
# some out of order. A stack that is asked for by its name is settled by the same that all are:
# rules/in_work.smk.

import base64

from snakemake import jobs as snakemake_jobs
from snakemake.persistence import NO_PARAMS_CHANGE

# What the steps up to the archive make of a stack, besides its master and derivatives.
OF_THE_ARCHIVED = {known.record for known in layout.STEPS.values()} | {RECEIPT, FRAMES}
OF_THE_ARCHIVED |= {*layout.MAP_FILES, layout.RETOUCHED, layout.PAINTED, "stack/slabs", "stack/qc"}


def is_of_what_is_archived(stack, file):
    """Whether a file is made on a stack's way to the archive, where it is as all that decides it has it."""
    if stack not in STACKS or is_in_work(stack):
        return False
    name = file.removeprefix(stack_file(stack, ""))
    return (
        name in OF_THE_ARCHIVED
        or name.startswith(master_name(*stack))
        or file in derivatives(STACKS[stack])
    )


def makes_what_is_archived(job):
    """Whether a job is a step of a stack that is archived as sheet, settings and raws have it."""
    return any(is_of_what_is_archived(stack_of_step(job), file) for file in job.output)


def marked_as_unfinished(files):
    """The files that Snakemake has marked, with the stack of each that is a stack's."""
    marks, root = Path(files.path, "incomplete"), f"{SPECIMENS}/"
    for folder, _, names in os.walk(marks):
        for name in names:
            # Of long names, the mark is in folders.
            letters = Path(folder, name).relative_to(marks).as_posix().replace(os.sep, "")
            file = base64.urlsafe_b64decode(letters.replace("@", "")).decode()
            if file.startswith(root) and file.count("/", len(root)) > 1:
                yield tuple(file[len(root) :].split("/")[:2]), file


def unless_archived(asking, answer):
    """Snakemake's asking what of a job has changed, of which the archive knows that nothing has."""

    def asked(files, job, **of_file):
        return answer if makes_what_is_archived(job) else asking(files, job, **of_file)

    asked.knows_archived = True
    return asked


def unfinished_unless_archived(incomplete):
    """Snakemake's asking which files of a job are marked as unfinished."""

    async def unfinished(files, job):
        return [] if makes_what_is_archived(job) else await incomplete(files, job)

    unfinished.knows_archived = True
    return unfinished


def written_last_if_archived(oldest):
    """Snakemake's asking when the oldest file of a job was written: of the archived, none is newer."""

    async def written(job):
        when = await oldest(job)
        return when if when is None or not makes_what_is_archived(job) else float("inf")

    written.knows_archived = True
    return written


def tell_jobs_when_it_was_planned(mark):
    """Tell the jobs on a cluster when this run was planned, as the file system tells the time."""
    is_asked_again = workflow.dag_settings.forceall or workflow.dag_settings.forcerun
    if not is_asked_again:
        os.environ[PLANNED] = str(mark.stat().st_mtime_ns)


def is_archived_meanwhile(stack):
    """Whether a stack of this job was archived, as it is to be, since the run was planned."""
    try:
        archived = Path(stack_file(stack, RECEIPT)).stat().st_mtime_ns
        return archived > int(os.environ[PLANNED]) and not is_in_work(stack)
    except (OSError, KeyError, ValueError):
        return False


def leave_out_what_is_archived():
    """On a cluster, do nothing for stacks that another job, or an earlier try, has archived.

    A job is begun with the order to do all its steps. Where its stack was at work by a job of a run
    that was killed, that one may have archived it while this one waited.
    """
    done = {stack for stack in OF_THIS_JOB if stack in STACKS and is_archived_meanwhile(stack)}
    if not done:
        return
    targets = workflow.dag_settings.target_jobs
    left = [one for one in targets if stack_of_spec(one) not in done]
    for stack in sorted(done):
        progress(f"{stack[0]} {stack[1]}: was archived meanwhile, and is left as it is")
    if not left:
        sys.exit(0)
    workflow.dag_settings.target_jobs = left


def stack_of_spec(target):
    """The stack that a job is a step of, as Snakemake names the job to a process."""
    known = target.wildcards_dict
    return known.get("specimen", ""), known.get("view", "")


# The names are Snakemake's.
if not hasattr(OF_FILES.incomplete, "knows_archived"):
    OF_FILES.incomplete = unfinished_unless_archived(OF_FILES.incomplete)
    for name, answer in {
        "has_metadata": True,
        "params_changed": NO_PARAMS_CHANGE,
        "input_changed": [],
        "code_changed": [],
        "software_stack_changed": [],
    }.items():
        setattr(OF_FILES, name, unless_archived(getattr(OF_FILES, name), answer))
    oldest = snakemake_jobs.Job.output_mintime.fget
    snakemake_jobs.Job.output_mintime = property(written_last_if_archived(oldest))
