# What steps are given: threads, memory and time, by pixels and frames of the stack and by how often
# it was tried (records/needs.py). The ledger knows the size; before there is one, the header of a
# raw does, read when the step is to run.

from contextlib import suppress

from imaging.frames.formats import claims_raw, is_picture
from imaging.frames.size import pixels
from records import needs
from records.ledger.arrangement import Arrangement
from records.ledger.expected import leaves_one_frame
from records.ledger.table import used_frames
from records.ledger.unchanged import visible


@cache
def size_of(stack):
    """Pixels and frames of a stack, as far as anything is known of them."""
    with suppress(RecordError, OSError, TypeError, IndexError):
        frames = used_frames(Path(stack_file(stack, layout.LEDGER)))
        px = frames[0].width_px * frames[0].height_px
        return needs.Size(px, len(frames), developed(stack, frames[0].file))
    for folder in (Path(stack_file(stack, "raw")), cell_path(STACKS[stack], "source")):
        with suppress(OSError):
            files = sorted(visible(folder), key=lambda entry: entry.name) if folder else []
            if files:
                px = pixels(Path(files[0].path))
                return needs.Size(px, len(files), developed(stack, files[0].name))
    return needs.Size()


@cache
def has_one_frame(stack):
    """Whether a stack has one frame; before there is a ledger, as far as names and copies tell."""
    if (frames := size_of(stack).frames) == 1 or Path(stack_file(stack, layout.LEDGER)).exists():
        return frames == 1
    cells = STACKS[stack].cells
    said = Arrangement(exclude=cells.get("exclude"), scale_frame=ruler_among_frames(stack))
    for folder in (Path(stack_file(stack, "raw")), cell_path(STACKS[stack], "source")):
        with suppress(OSError):
            if files := [Path(entry.path) for entry in visible(folder)] if folder else []:
                return leaves_one_frame(files, said, is_picture, claims_raw)
    return False


def developed(stack, frame):
    """How a frame is developed, as far as its name tells."""
    return STACKS[stack].config["convert"]["demosaic"] if claims_raw(frame) else needs.PHOTOGRAPH


def threads_for(step_name):
    """For `threads`: as many as the step has work for."""
    return lambda wildcards: needs.threads(step_name, size_of(stack_of(wildcards)))


def memory_for(step_name):
    """For `resources`: memory in MB."""

    def needed(wildcards, threads, attempt):
        size = size_of(stack_of(wildcards))
        beside = 0 if workflow.local_exec else needs.job_mb(step_name)
        return beside + needs.memory_mb(step_name, size, threads, attempt)

    return needed


def time_for(step_name):
    """For `resources`: minutes that the step may take on a cluster."""
    return lambda wildcards, threads, attempt: needs.JOB_MIN + needs.runtime_min(
        step_name, size_of(stack_of(wildcards)), threads, attempt
    )


def memory_of_master(wildcards, threads, attempt):
    """For `resources`: memory in MB of the master, and of developing the picture of a ruler."""
    memory = memory_for("master")(wildcards, threads, attempt)
    measured = "scale_frame" in row(wildcards).cells
    return memory + (memory_for("convert")(wildcards, threads, attempt) if measured else 0)
