# Which stacks are held: their raws or master are not what their records say, or their frames are
# another stack's; or something is asked for by name of which the archive alone has the frames. Looked
# at when a run is planned, before any work.

from records.archive.known_frames import Row, refresh, twins_of_one, twins_words
from records.archive.why_held import put_back_command, restore_command, why_held
from records.ledger.sources import what_became_of
from records.ledger.unchanged import allowance
from records.machine import reason_of

# Of files that were touched, moved or given other rights, so much is read while a run is planned.
READ_AT_ONCE_BYTES = 2e9
AFFORD = allowance(READ_AT_ONCE_BYTES)
# Stacks of which something was said, or not read, that is no reason to hold them.
DOUBTED = set()


@cache
def warn_unread():
    """Say once that not all touched files could be read."""
    warn(
        f"the times of many raws or masters have changed; beyond {READ_AT_ONCE_BYTES:.0g} "
        "bytes they are not read now, but where a step uses them"
    )


@cache
def twins_of(stack):
    """Frames that a stack shares with stacks further up in the sheet."""
    if not workflow.is_main_process:
        return []
    name = f"{stack[0]}/{stack[1]}"
    if KNOWN_SHEET and not STACKS.is_whole:
        one = Row(STACKS[stack].row, STACKS[stack].cells.get("shared_source"))
        with suppress(RecordError, OSError):
            found = twins_of_one(Path(SPECIMENS), name, one, remember=not workflow.dryrun)
            if found is not None:
                return found
    return twins().get(name, [])


@cache
def twins():
    """Frames that stacks share with a stack further up in the sheet, by `specimen/view`."""
    rows = {
        f"{stack[0]}/{stack[1]}": Row(known.row, known.cells.get("shared_source"))
        for stack, known in STACKS.items()
    }
    try:
        found = refresh(Path(SPECIMENS), rows, remember=not workflow.dryrun)
    except (RecordError, OSError) as error:
        warn(f"frames are not compared between stacks: {error}")
        return {}
    if not workflow.dryrun:
        # The index knows all rows now.
        keep_sound()
    return found


@cache
def hold_reason(stack):
    """Why a stack is held back; empty if it is not. Looked at once in a run, and told at once."""
    folder = Path(stack_file(stack, ""))
    known = STACKS[stack]
    try:
        reason, unread = why_held(
            folder,
            master_name(*stack),
            put_back_command(HERE, ARCHIVE, *stack, folder),
            statement=known.cells.get("raws_changed"),
            afford=AFFORD,
            remember=not workflow.dryrun,
        )
    # A damaged folder or record may be anything at all, and stops its own stack alone.
    except Exception as error:
        reason, unread = f"{folder}: cannot be planned: {reason_of(error)}", False
    if unread:
        DOUBTED.add(stack)
        warn_unread()
    shared = twins_of(stack)
    if shared and not is_reduced(folder):
        reason = "\n  ".join(filter(None, [reason, twins_words(shared, known.row)]))
    if is_reduced(folder):
        back = restore_command(HERE, ARCHIVE, *stack, folder)
        reason = f"{folder}: is reduced to its receipt; bring it back first, by: {back}"
    name = " ".join(stack)
    # Last: what stands above is to be put right first.
    has_no_room = not reason and no_room(stack)
    if has_no_room:
        reason = f"{folder}: {has_no_room}"
    if has_no_room and list(without_room()).index(stack) >= TOLD_WITHOUT_ROOM:
        tell_without_room()
    elif reason:
        progress(f"{name}: stopped: {reason}")
    else:
        forget_hold(stack)
    record = folder / layout.IMPORT
    if "source" in known.cells and record.is_file():
        changed = what_became_of(in_data_or_here(known.cells["source"]), record)
        if changed:
            DOUBTED.add(stack)
            progress(f"{name}: warning: {changed}")
    return reason


@cache
def tell_without_room():
    """Say once that there are more stacks without room than were told of."""
    count = len(without_room())
    progress(f"{count - TOLD_WITHOUT_ROOM} more stacks are stopped for want of room on the disk")


def forget_hold(stack):
    """Take away what an earlier run said of a stack that is held no more."""
    if not workflow.dryrun:
        Path(LOG.format(specimen=stack[0], view=stack[1]), "hold.log").unlink(missing_ok=True)


def only_archived(wildcards):
    """What capturing and importing wait for in vain: where a stack is reduced, or has no room."""
    stack = stack_of(wildcards)
    is_over = is_reduced(Path(stack_file(stack, ""))) or no_room(stack)
    return held(wildcards) if is_over else []


def held(wildcards):
    """What the first step of a stack waits for in vain while the stack is held back."""
    stack = stack_of(wildcards)
    return stack_file(stack, ".held") if stack in STACKS and hold_reason(stack) else []
