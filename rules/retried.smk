# What an earlier try of a job on a cluster has made of a stack is kept: the next one goes on from there.
#
# Snakemake submits the same group of steps again, with the order to do all of them. The first try notes,
# once it holds its stacks, for which run it begins; what was written after that was written by it, as
# this run has it. Another run's job, which may go by other settings, has held the lock until then.

from records.files import write_note
from snakemake.ioflags import is_flagged

# Beside the marks of runs: for each stack, which run's job is at it, or was last.
TRIES = MARKS / "tries"


def note_first_try():
    """Note for which run a job begins its stacks, of a first try; of others, nothing."""
    if PLANNED not in os.environ or workflow.execution_settings.attempt > 1:
        return
    for specimen, view in OF_THIS_JOB:
        note = TRIES / specimen / view
        with suppress(OSError):
            if not is_of_this_run(note):
                write_note(note, os.environ[PLANNED].encode())


def is_of_this_run(note):
    """Whether a note of a first try is of a job of this run."""
    return note.exists() and note.read_text(encoding="utf-8") == os.environ[PLANNED]


def is_made_since(target):
    """Whether all that a step makes was written since the first try of its job."""
    try:
        note = TRIES.joinpath(*stack_of_spec(target))
        since = note.stat().st_mtime_ns
        made, _ = workflow.get_rule(target.rulename).expand_output(target.wildcards_dict)
        # Temporary files go with the last step that needs them.
        kept = [file for file in made if not is_flagged(file, "temp") or os.path.exists(file)]
        return (
            is_of_this_run(note)
            and bool(kept)
            and all(os.stat(file).st_mtime_ns > since for file in kept)
        )
    except OSError:
        return False


def leave_out_what_was_made():
    """In a second try, do nothing again that the first one did."""
    if PLANNED not in os.environ or workflow.execution_settings.attempt < 2:
        return
    targets = workflow.dag_settings.target_jobs
    left = [one for one in targets if not is_made_since(one)]
    kept = len(targets) - len(left)
    if not kept:
        return
    progress(f"{kept} of {len(targets)} steps were done by an earlier try, and are not done again")
    if not left:
        sys.exit(0)
    workflow.dag_settings.target_jobs = left
