# Which stacks are in work: all but those that are archived as sheet, settings and raws have them.

import json

from records.archive.described import archived_digest
from records.archive.settled import is_settled
from records.ledger.fingerprint import as_in_ledger
from records.metadata.description import digest
from records.retouching.by_hand import is_as_archived

# A derivative that ships to be made where it is asked for was in no stack without being set.
SHIPPED_ALWAYS = SHIPPED | {"derive": made_always(SHIPPED["derive"])}


@cache
def is_in_work(stack):
    """Whether anything is to be done for a stack.

    Nothing is for one that was archived, and then reduced, or whose settings, row and raws are
    still those that were archived, whatever program is here.
    """
    if is_left_alone(stack):
        return False
    state = state_now(stack)
    changed = is_to_be_done(stack)
    if not changed:
        note_settled(stack, state)
    return changed


def is_to_be_done(stack):
    """Whether anything is to be done for a stack, by what is in its folder."""
    folder = Path(stack_file(stack, ""))
    if is_reduced(folder):
        return False
    return (
        bool(hold_reason(stack))
        or receipt(stack) is None
        or workflow.dag_settings.forceall
        or bool(workflow.dag_settings.forcerun)
        or not is_settled(
            folder,
            settings_of(stack),
            SHIPPED_ALWAYS,
            STACKS[stack].cells,
            made_when_asked(STACKS[stack].config["derive"]),
        )
        or not as_in_ledger(folder)
        or not is_as_archived(folder, receipt(stack))
    )


def in_work(stacks):
    """Those stacks that something is to be done for; the others are left alone."""
    return [stack for stack in stacks if is_in_work(stack)]


def settings_of(stack):
    """The settings of all steps that make a stack."""
    known = STACKS[stack]
    wanted = {name: known.config[name] for name in ("convert", "align", "fuse", "qc", "master")}
    listed = positions_content(known)
    wanted["ledger"] = known.config["ledger"] | ({"positions_sha256": listed} if listed else {})
    # Whether frames stay makes no picture another.
    beside = ("keep", "white_frame")
    convert = {key: one for key, one in known.config["convert"].items() if key not in beside}
    white_sha256 = white_content(stack)
    wanted["convert"] = convert | ({"white_frame_sha256": white_sha256} if white_sha256 else {})
    wanted["derive"] = wanted_derivatives(known)
    return wanted


def effective_settings(wildcards):
    """For `params`: the settings of all steps as they were for a stack, to be archived."""
    return json.dumps(settings_of(stack_of(wildcards)), sort_keys=True)


def receipts(wildcards):
    """The archive's receipts of all stacks in work."""
    if REPORTING:
        return []
    wanted = in_work(STACKS)
    # Of reduced stacks nothing is asked now.
    for stack in STACKS.keys() - set(wanted):
        forget_hold(stack)
    keep_found()
    # Wanted for itself: where Snakemake knows nothing of a stack, as in a copied tree, no step does.
    stopped = [stack_file(stack, ".held") for stack in wanted if hold_reason(stack)]
    return [stack_file(stack, RECEIPT) for stack in wanted] + stopped + lost_records(wanted)


def compared_in_work(wildcards):
    """Images by other methods of all stacks in work that go on."""
    if REPORTING:
        return []
    return [file for stack in in_work(STACKS) if not hold_reason(stack) for file in compared(stack)]


def lost_records(stacks):
    """Records of steps that are gone though there is a master: of a step that stopped, or taken away.

    Asked for by name, since Snakemake makes no file again that only what is there was made from.
    """
    return [
        stack_file(stack, name)
        for stack in stacks
        if not hold_reason(stack)
        and Path(stack_file(stack, f"{master_name(*stack)}.json")).exists()
        for name in layout.NEEDED
        if not Path(stack_file(stack, name)).exists()
    ]


def receipt_in_work(wildcards):
    """The receipt of a stack that is archived anew in this run."""
    stack = stack_of(wildcards)
    return stack_file(stack, RECEIPT) if is_in_work(stack) else []


# Marks that a stack is described in the archive as in the sheet; named by the words' digest.
DESCRIBED = f"{LOGS}/.described/{{specimen}}/{{view}}/{{digest}}"


def described_mark(stack):
    """Where it is marked that a stack is described in the archive as it now is in the sheet."""
    now = digest(STACKS[stack].cells)
    return DESCRIBED.format(specimen=stack[0], view=stack[1], digest=now[:16])


def descriptions(wildcards):
    """Marks of the archived stacks that the sheet describes otherwise than the archive."""
    root = Path(ARCHIVE)
    return [
        described_mark(stack)
        for stack, known in STACKS.items()
        if not is_left_alone(stack)
        and archived_digest(Path(stack_file(stack, RECEIPT)), root)
        not in (None, digest(known.cells))
    ]


# The data of a stack's page.
PAGE = f"{RESULTS}/review/{{specimen}}/{{view}}/stack.json"


def page(stack):
    """The data of a stack's page."""
    return PAGE.format(specimen=stack[0], view=stack[1])


def pages(wildcards):
    """The pages of all stacks in work, and of archived ones whose page was never drawn to its end."""
    if REPORTING:
        return []
    wanted = [stack for stack in in_work(STACKS) if not hold_reason(stack)]
    # Asked for by its overlays: a run that stops a stack writes a page without pictures.
    return list(map(page, wanted)) + list(map(overlays, filter(lacks_page, STACKS)))


def overlays(stack):
    """What comes last of a stack's page."""
    # A Path for each of 50,000 stacks takes a second.
    return f"{page(stack).rpartition('/')[0]}/overlays"


def is_drawn(stack):
    """Whether the page of a stack has its pictures."""
    return os.path.isdir(overlays(stack))


def lacks_page(stack):
    """Whether an archived stack has a master here and no page: a run was killed between the two."""
    return (
        not is_drawn(stack)
        and Path(stack_file(stack, f"{master_name(*stack)}.json")).exists()
        and not is_in_work(stack)
    )


def methods_to_show(wildcards):
    """What a stack in work is fused by as well, to be compared."""
    stack = stack_of(wildcards)
    return compared(stack) if is_in_work(stack) else []
