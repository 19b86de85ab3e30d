# Converted frames, which are temporary (convert.keep): as long as a stack is made they are an input of
# whatever reads them, up to its page, and are gone then. Later, a step that needs some develops them
# again for itself (scripts/developed.py): asked of Snakemake, it would make again all that is made of
# frames.

from records.archive.settled import is_as_archived_in
from records.locks import writing
from records.provenance.made import MADE, remove_made
from snakemake.dag import DAG

# By whose settings frames are converted, or aligned, anew.
OF_FRAMES = ("ledger", "convert", "align")
FRAMES = "tiff"


def are_gone(stack):
    """Whether a stack was converted, its frames are gone, and nothing has them converted anew."""
    folder = Path(stack_file(stack, ""))
    if (folder / FRAMES).exists() or not (folder / layout.CONVERT).exists():
        return False
    return not (folder / layout.SETTINGS).exists() or is_as_archived_in(
        OF_FRAMES, folder, settings_of(stack), SHIPPED
    )


def frames_kept(wildcards):
    """The converted frames of a stack, unless they are gone."""
    stack = stack_of(wildcards)
    return [] if are_gone(stack) else ancient(stack_file(stack, FRAMES))


def frames_to_show(wildcards):
    """The converted frames of a stack in work, which stay until it is archived and its page drawn."""
    return frames_kept(wildcards) if is_in_work(stack_of(wildcards)) else []


def memory_of_page(wildcards, threads, attempt):
    """For `resources`: memory in MB of drawing a page, and of developing frames that are gone."""
    drawing = memory_for("review")(wildcards, threads, attempt)
    gone = are_gone(stack_of(wildcards))
    return drawing + (memory_for("convert")(wildcards, threads, attempt) if gone else 0)


def remove_frames_left():
    """Remove temporary frames of archived stacks, which a run left that was killed at its end."""
    for stack, known in asked_for().items():
        folder = Path(stack_file(stack, ""))
        if known.config["convert"]["keep"] or not (folder / FRAMES / MADE).exists():
            continue
        if not is_in_work(stack):
            # In use, they are left to the next run.
            with suppress(RecordError), writing(folder, alone=True, wait_s=0):
                remove_made(folder / FRAMES)


def ignoring_frames(input_changed):
    """Snakemake's comparing of a job's inputs with those of before, whether frames are there or not."""

    def changed(files, job, file=None):
        if not input_changed(files, job, file=file):
            return False
        then, now = files.input(file), files._input(job)
        return [one for one in then if not is_frames(one)] != [
            one for one in now if not is_frames(one)
        ]

    changed.ignores_frames = True
    return changed


def until_archived(is_needed_tempfile):
    """Snakemake's asking what needs a temporary file yet; of frames, their stack until it is archived.

    Steps may be made one by one, by name: each finds the frames that the one before it had. A job on
    a cluster is told when it is submitted what it may remove in the end.
    """

    def needed(dag, job, tempfile, outside_of_group_job=None):
        is_asked_now = outside_of_group_job is None and is_frames(tempfile)
        if is_asked_now and not (Path(tempfile).parent / RECEIPT).exists():
            return True
        return is_needed_tempfile(dag, job, tempfile, outside_of_group_job)

    needed.keeps_frames = True
    return needed


def is_frames(path):
    """Whether an input of a job is a folder of converted frames."""
    return Path(path).name == FRAMES


# The names are Snakemake's.
if not hasattr(getattr(DAG, "is_needed_tempfile", is_frames), "keeps_frames"):
    DAG.is_needed_tempfile = until_archived(DAG.is_needed_tempfile)
if not hasattr(getattr(OF_FILES, "_input_changed", is_frames), "ignores_frames"):
    OF_FILES._input_changed = ignoring_frames(OF_FILES._input_changed)
