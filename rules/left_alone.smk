# Which archived stacks a plan need not look at: those that bear the stamp of when they were last found
# to be settled. Ten thousand of them are passed over in seconds, a changed cell, file or setting is seen.

from records.archive.left_alone import (
    Stamp,
    cells_words,
    digest_of,
    keep_stamps,
    stamps_of,
    state_of,
)


@cache
def stamped():
    """The stamps of earlier runs."""
    return stamps_of(Path(SPECIMENS))


# Those that were found in this run.
FOUND = {}


# What a setting was before it could be set.
SHIPPED_DIGEST = digest_of(SHIPPED)
# Rows that override nothing share a configuration, and ten thousand of them its digest.
CONFIG_DIGESTS = {}


def state_now(stack):
    """What decides whether anything is to be done for a stack, as it is now."""
    known = STACKS[stack]
    config_digest = CONFIG_DIGESTS.get(id(known.config))
    if config_digest is None:
        config_digest = CONFIG_DIGESTS[id(known.config)] = digest_of(known.config)
    named = [known.cells[column] for column in ("source", "positions") if column in known.cells]
    others = [white_file(stack), ruler_file(stack)]
    return state_of(
        stack_file(stack, ""),
        (SHIPPED_DIGEST, config_digest, cells_words(known.cells)),
        [*map(place_of, named), *filter(None, others)],
    )


@cache
def is_left_alone(stack):
    """Whether nothing has changed of a stack since it was found to be settled."""
    known = stamped().get(f"{stack[0]}/{stack[1]}")
    return (
        known is not None
        and not workflow.dag_settings.forceall
        and not workflow.dag_settings.forcerun
        and not twins_of(stack)
        and known.state == state_now(stack)
    )


def note_settled(stack, state):
    """Note a stack that was looked at and found to be settled, by its state before that look.

    One of which the next look is to warn again is not noted.
    """
    told = receipt(stack) or {}
    if stack not in DOUBTED and told.get("description_sha256") == digest(STACKS[stack].cells):
        FOUND[f"{stack[0]}/{stack[1]}"] = Stamp(state, digest_of(told.get("code", {})))


def keep_found():
    """Write down what was found in this run, for the next."""
    if not FOUND or workflow.dryrun or not workflow.is_main_process:
        return
    try:
        keep_stamps(Path(SPECIMENS), {**stamped(), **FOUND})
    except OSError as error:
        warn(f"{SPECIMENS}: what is settled cannot be noted: {reason_of(error)}")
