# What of a stack was retouched, and from what: by the files of its folder `retouch` alone.

from records.archive.ocfl import object_id
from records.retouching.strokes import has_strokes, read as read_strokes


def is_retouched(stack):
    """Whether a person painted in a stack, or brought its image back from another program."""
    strokes, external = stack_file(stack, layout.STROKES), stack_file(stack, layout.EXTERNAL)
    return has_strokes(Path(strokes)) or Path(external).exists()


def retouch_record(wildcards):
    """The record of a stack's retouching; none where nothing was retouched."""
    stack = stack_of(wildcards)
    return stack_file(stack, layout.RETOUCH) if is_retouched(stack) else []


def retouched_image(wildcards):
    """For `params`: the retouched image and its record, as options of the master."""
    stack = stack_of(wildcards)
    if not is_retouched(stack):
        return ""
    names = {"retouched": layout.RETOUCHED, "retouch": layout.RETOUCH}
    return flags({option: Path(stack_file(stack, name)) for option, name in names.items()})


def brought_back(wildcards, *names):
    """Those files of a stack's retouching that are there."""
    files = [stack_file(stack_of(wildcards), name) for name in names]
    return [file for file in files if Path(file).exists()]


@cache
def painted_from(stack):
    """The sources of a stack's strokes; what is wrong with them is told by the step."""
    try:
        strokes = read_strokes(Path(stack_file(stack, layout.STROKES))).strokes
    except RecordError:
        return []
    return list({stroke.source for stroke in strokes if stroke.mode != "restore"})


def painted_frames(wildcards):
    """The converted frames, if strokes take px from them."""
    stack = stack_of(wildcards)
    frames = any(source.kind == "frame" for source in painted_from(stack))
    return frames_kept(wildcards) if frames else []


def painted_methods(wildcards):
    """Images by other methods that strokes take px from, with their records."""
    stack = stack_of(wildcards)
    methods = sorted(s.method for s in painted_from(stack) if s.kind == "method")
    return [
        stack_file(stack, f"{layout.METHODS}{method}.{ending}")
        for method in dict.fromkeys(methods)
        if method in METHODS
        for ending in ("tif", "json")
    ]


def retouching_inputs(wildcards):
    """For `params`: what is retouched with, as options."""
    stack = stack_of(wildcards)
    there = brought_back(wildcards, layout.STROKES, layout.EXTERNAL, layout.EXTERNAL_RECORD)
    names = {
        "strokes": layout.STROKES,
        "external": layout.EXTERNAL,
        "external_record": layout.EXTERNAL_RECORD,
    }
    return flags(
        {
            option: Path(file)
            for option, name in names.items()
            if (file := stack_file(stack, name)) in there
        }
    )


def earlier_versions(wildcards):
    """The archive, where strokes take px from an earlier version of the stack."""
    stack = stack_of(wildcards)
    if not any(source.kind == "version" for source in painted_from(stack)):
        return ""
    return NotCompared(flags({"archive": ARCHIVE, "object": object_id(*stack)}))
