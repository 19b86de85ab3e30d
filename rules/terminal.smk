# What a person reads on the terminal: while steps run, how far the run is (rules/status.smk); in a dry
# run, a line for each stack; and the closing words. Snakemake's own log has all else. Where another
# workflow uses this one as a module, the terminal is that workflow's.

from records.reports.plan import archived_words, mistakes, planned, stack_line
from records.reports.review_index import write_index
from records.reports.review_site import Site
from records.reports.run_status import read_run
from records.reports.summary import ARCHIVED, GOALS, count_done, named_files, summarise, unarchived
from records.text import escaped
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

# How lines of Snakemake's begin that nobody needs.
NOISE = (
    # How Snakemake is set up.
    "Assuming unrestricted shared filesystem",
    "Using shell: ",
    "Conda environments: ignored",
    "SLURM run ID: ",
    "No SLURM account given",
    "No account was given",
    "Unable to guess SLURM account",
    "Cleaning up SLURM log files",
    # Its scheduler's rounds.
    "Select jobs to ",
    "Execute ",
    # Second reports: a step that stops has said why, and the closing words list it.
    "RuleException:\nCalledProcessError",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete successfully",
    # Reasons, which a dry run tells by stack.
    "Some jobs were triggered by provenance information",
    "Rules with provenance triggered jobs",
    "Reasons:",
    # A first import that stopped had no record yet.
    "Cannot restore ",
    # While a stack waits, its page tells what is known of it; then it is drawn anew.
    "Warning: the following output files of rule review were not present",
)
DRY_RUN_ENDS = "This was a dry-run"
NOTHING = "Nothing to be done: every stack is archived as sheet and settings have it"
HELD = "Nothing can be done until what is stopped is put right"
SITE = Site(Path(RESULTS), HERE / "web" / "static")
# In a dry run: what is to be done, by (specimen, view).
PLAN = {}
# Whether a step was begun; the rules that only name targets have none.
has_begun = False
# Whether the closing words were said.
is_closed = False


def for_people(record):
    """Whether a line of Snakemake's is shown; in a dry run, steps are gathered and told by stack."""
    global has_begun
    is_job = getattr(record, "event", None) == LogEvent.JOB_INFO
    # Rules that only name targets have no command.
    if is_job and record.shellcmd:
        has_begun = True
        known = record.wildcards
        stack = (known["specimen"], known["view"]) if known else ("all", "stacks")
        PLAN.setdefault(stack, []).append(planned(record.rule_name, known, record.reason))
    message = record.getMessage()
    if message.startswith(DRY_RUN_ENDS):
        # Snakemake writes to standard output in a dry run.
        print("\n".join(map(escaped, plan_words().split("\n"))))
        return False
    return not (is_job and workflow.dryrun) and not message.startswith(NOISE)


def plan_words():
    """What a dry run found to be done: a line for each stack, its steps in their order."""
    rules = [rule.name for rule in workflow.rules]
    stopped = [stack for stack, jobs in PLAN.items() if any(job.rule == "hold" for job in jobs)]
    lines = [f"{' '.join(stack)}: stopped, see above; nothing to do for it" for stack in stopped]
    rows = {stack: STACKS[stack].row for stack in PLAN if stack in STACKS}
    todo = sorted(PLAN.keys() - stopped, key=lambda stack: (rows.get(stack, sys.maxsize), stack))
    lines += [stack_line(" ".join(stack), PLAN[stack], rules) for stack in todo]
    in_sheet = [stack for stack in todo if stack in STACKS]
    lines += [f"warning: {mistake}" for stack in in_sheet for mistake in mistakes_of(stack)]
    again = {stack for stack in in_sheet if receipt(stack) is not None}
    by_others = sum(of_another_program(stack) for stack in asked_for().keys() - again)
    lines += archived_words(len(again), by_others)
    made = [room(stack) for stack in in_sheet if is_to_be_made(stack)]
    lines += [room_words(made, *map(Path, (SPECIMENS, ARCHIVE)))] if made else []
    count = sum(len(PLAN[stack]) for stack in todo)
    done = f"{count} steps to do; this was a dry run, nothing was done"
    return "\n".join([*lines, done if count else HELD if stopped else NOTHING])


def mistakes_of(stack):
    """What will stop a stack at the steps that are planned for it."""
    known = STACKS[stack]
    steps = {job.rule for job in PLAN[stack]}
    folder, source = Path(stack_file(stack, "")), cell_path(known, "source")
    listed, white_frame_path = positions_file(known), white_file(stack)
    beside = listed, white_frame_path, ruler_file(stack)
    return mistakes(SHEET, known, steps, folder, source, *beside)


def closing_words():
    """What this run made, where, how long it took, and which stacks stopped why.

    After a report, only which stacks of the sheet it could not know of; where files were named, only
    these.
    """
    targets = set(workflow.dag_settings.targets)
    # Reports tell of the archive, or of all stacks, themselves: rules with a command and no output.
    reports = [rule for rule in workflow.rules if rule.shellcmd and not rule.output]
    chosen = [rule for rule in reports if rule.name in targets]
    if targets and len(chosen) == len(targets):
        of_archive = any(rule.params.get("root") == ARCHIVE for rule in chosen)
        return unarchived(list(STACKS), Path(SPECIMENS)) if of_archive else ""
    files = sorted(targets - {rule.name for rule in workflow.rules})
    if files:
        return named_files(files, Path(SPECIMENS), Path(LOGS), has_begun)
    goal = GOALS[targets.pop()] if len(targets) == 1 and targets <= GOALS.keys() else ARCHIVED
    stacks = CAPTURED if goal is GOALS["capture"] else STACKS
    roots = list(map(Path, (SPECIMENS, ARCHIVE, LOGS, BENCHMARKS)))
    ran = TELLING.stacks()
    # A run that had nothing to do is about all of them.
    told = [stack for stack in stacks if stack in ran] or list(stacks)
    of_sheet = count_done(stacks, roots[0], goal) if len(told) < len(stacks) else None
    words = summarise(told, *roots, goal, ran, of_sheet) + f"\n{left_words(stacks)}"
    return words if has_begun or in_work(stacks) else f"{NOTHING}\n{words}"


def left_words(stacks):
    """What is free on the disks, and what the stacks take that are still to be made."""
    roots = Path(SPECIMENS), Path(ARCHIVE)
    left = [room(stack) for stack in stacks if is_to_be_made(stack)]
    words = room_words(left, *roots) if left else f"on the disk {free_words(*roots)}"
    return words[0].upper() + words[1:]


def write_site(run, is_told=True):
    """Write the page of the whole collection; a disk that cannot take it is told of.

    Parameters
    ----------
    run : how far the run is, or how the last one ended
    is_told : where the page is
    """
    cells = {stack: known.cells for stack, known in STACKS.items()}
    try:
        write_index(SITE, cells, *map(Path, (SPECIMENS, ARCHIVE, LOGS)), run)
    # Whatever it is: a page is no reason for a run to end otherwise than its steps did.
    except Exception as error:
        warn(f"{SITE.index}: cannot be written: {reason_of(error)}")
    else:
        if is_told:
            progress(f"Look at every stack in {SITE.index}")


def close():
    """Say the closing words, where there are any, and where every stack is shown."""
    global is_closed
    words = closing_words()
    if words:
        progress(words)
    if not REPORTING:
        write_site(TELLING.end() or read_run(Path(RESULTS)))
    is_closed = True


def close_what_was_killed():
    """Write the page of the collection that a killed run may have left unwritten.

    Where all files that are asked for are there, Snakemake ends without closing words.
    """
    if not is_closed and not REPORTING and not AS_MODULE and workflow.is_main_process:
        write_site(read_run(Path(RESULTS)), is_told=False)


if not AS_MODULE:
    logger.addFilter(for_people)


onsuccess:
    close()


onerror:
    close()
