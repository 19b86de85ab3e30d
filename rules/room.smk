# What stacks take of the disks (records/room.py): those that no room is left for are held before they
# begin, the plan says what it takes, and no more stacks are at work at a time than the budget allows.

from records.room import GB, Room, free_bytes, free_words, room_of, unfit
from records.room import plan_words as room_words

# So many stacks without room are told of one by one.
TOLD_WITHOUT_ROOM = 3


@cache
def room(stack):
    """What a stack takes that was never archived, nor is fused yet; nothing where it has no frames."""
    known = STACKS[stack]
    folder = Path(stack_file(stack, "raw"))
    has_raws = folder.is_dir() and any(visible(folder))
    source = folder if has_raws else cell_path(known, "source")
    try:
        frame_bytes = next(iter(visible(source))).stat().st_size
    except (OSError, StopIteration, TypeError):
        return Room(0, 0, 0)
    convert = known.config["convert"]
    return room_of(
        size_of(stack),
        frame_bytes,
        copied=not has_raws,
        kept=convert["keep"],
        eight_bits=convert["format"] == "jpeg",
        methods=len(compared(stack)),
    )


def is_to_be_made(stack):
    """Whether a stack is to be made that nothing was made of yet but its import."""
    folder = stack_file(stack, "")
    return not (os.path.exists(folder + RECEIPT) or os.path.exists(folder + layout.FUSE))


def without_room():
    """Stacks that no room is left for, each with the reason; looked at once in a run.

    Of a sheet noted to be sound, those that are asked for by name: once for each, with those before.
    """
    return without_room_of(len(asked_for()))


@cache
def without_room_of(count):
    """Those of the stacks that so many are asked for now."""
    if not workflow.is_main_process or REPORTING:
        return {}
    rooms = {stack: room(stack) for stack in asked_for() if is_to_be_made(stack)}
    return unfit(rooms, Path(SPECIMENS), Path(ARCHIVE), config["disk"]["budget_gb"])


def no_room(stack):
    """Why a stack is held for want of room; empty if it is not."""
    return without_room().get(stack, "")


def has_room(stack, begun):
    """Whether a stack may begin beside those at work: its turn is put off while it has no room.

    What those have written by now is counted twice: where room is short, fewer begin.
    """
    free = free_bytes(Path(SPECIMENS))
    allowed_gb = config["disk"]["budget_gb"]
    allowed = free if allowed_gb is None else min(free, allowed_gb * GB)
    known = [one for one in (*begun, stack) if one in STACKS]
    return sum(room(one).at_most for one in known) <= allowed
