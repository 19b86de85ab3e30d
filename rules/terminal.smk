# What a person reads on the terminal: while steps run, a line for each (scripts/relay.py); in a dry
# run, a line for each stack; and the closing words. Snakemake's own log has all else.

from records.reports.summary import ARCHIVED, GOALS, summarise, unarchived
from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

# How Snakemake is set up, its scheduler's rounds, and second reports: a step that stops has said
# why, the closing words list it, and a dry run tells the reasons by stack.
NOISE = (
    "Assuming unrestricted shared filesystem",
    "Using shell: ",
    "Conda environments: ignored",
    "Select jobs to ",
    "Execute ",
    "RuleException:\nCalledProcessError",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete successfully",
    "Some jobs were triggered by provenance information",
    "Rules with provenance triggered jobs",
    "Reasons:",
    # A first import that stopped had no record yet.
    "Cannot restore ",
)
DRY_RUN_ENDS = "This was a dry-run"
# How Snakemake words its reasons to run a step, the most telling first, and what people call them.
WHY = {
    "Missing output files": "not made yet",
    "Incomplete output files": "was interrupted",
    "Set of input files": "made from other files",
    "Params have changed": "settings, frames or program changed",
    "Code has changed": "its rule changed",
    "Updated input files": "a file it reads changed",
    "Forced execution": "forced",
    "Input files updated by another job": "follows",
}
NOTHING = "Nothing to be done: every stack is archived as sheet and settings have it"
# In a dry run: what is to be done by (specimen, view), as (rule, step, why).
PLAN = {}
# Whether a step was begun; the rules that only name targets have none.
has_begun = False


def for_people(record):
    """Whether a line of Snakemake's is shown; in a dry run, steps are gathered and told by stack."""
    global has_begun
    message = record.getMessage()
    if getattr(record, "event", None) == LogEvent.JOB_INFO and record.shellcmd:
        has_begun = True
    if workflow.dryrun and getattr(record, "event", None) == LogEvent.JOB_INFO:
        known = record.wildcards
        step = record.rule_name.split("_")[0] + (f" {known['name']}" if "name" in known else "")
        why = next((words for start, words in WHY.items() if start in record.reason), "when asked")
        if step == "describe":
            why = "the sheet describes it otherwise"
        stack = (known["specimen"], known["view"]) if known else ("all", "stacks")
        # Rules that only name targets have no command.
        if record.shellcmd:
            PLAN.setdefault(stack, []).append((record.rule_name, step, why))
        return False
    if message.startswith(DRY_RUN_ENDS):
        # Snakemake writes to standard output in a dry run.
        print(plan_words())
        return False
    return not message.startswith(NOISE)


def plan_words():
    """What a dry run found to be done: a line for each stack, its steps in their order."""
    rules = [rule.name for rule in workflow.rules]
    rows = {stack: place for place, stack in enumerate(STACKS)}
    lines = []
    wrong = []
    stopped = [stack for stack in PLAN if any(rule == "hold" for rule, _, _ in PLAN[stack])]
    for stack in stopped:
        del PLAN[stack]
        lines.append(f"{' '.join(stack)}: stopped, see above; nothing to do for it")
    for stack in sorted(PLAN, key=lambda stack: rows.get(stack, len(rows))):
        words, before = [], "follows"
        for _, step, why in sorted(PLAN[stack], key=lambda one: (rules.index(one[0]), one[1])):
            words.append(step if why in (before, "follows") else f"{step} ({why})")
            before = why
        lines.append(f"{' '.join(stack)}: {', '.join(words)}")
        if stack in STACKS:
            wrong += mistakes(stack, {job[0] for job in PLAN[stack]})
    lines += [f"warning: {one}" for one in wrong]
    count = sum(map(len, PLAN.values()))
    lines += archived_words()
    nothing = NOTHING if not stopped else "Nothing can be done until what is stopped is put right"
    done = f"{count} steps to do; this was a dry run, nothing was done" if count else nothing
    return "\n".join([*lines, done])


def archived_words():
    """What a dry run says of stacks in the archive: those that change, and those of another program."""
    again = [stack for stack in PLAN if stack in STACKS and receipt(stack) is not None]
    others = [stack for stack in STACKS if stack not in again and of_another_program(stack)]
    lines = []
    if again:
        lines.append(
            f"{len(again)} of these {'are' if len(again) > 1 else 'is'} archived: what is to be done "
            "makes a new version, with the program that is here"
        )
    if others:
        lines.append(
            f"{len(others)} archived stack{'s were' if len(others) > 1 else ' was'} made by another "
            "program and stay as they are; scripts/reprocess.py makes a new version of one"
        )
    return lines


logger.addFilter(for_people)


# They tell of the archive, or of all stacks, themselves.
REPORTS = {"verify", "audit", "policy", "media", "gallery"}


def closing_words():
    """What was made, where, how long it took, and which stacks stopped why.

    After a report, only which stacks of the sheet it could not know of.
    """
    targets = set(workflow.dag_settings.targets)
    if targets and targets <= REPORTS:
        return unarchived(list(STACKS), Path(SPECIMENS)) if targets != {"gallery"} else ""
    archive = Path(config["paths"]["archive"])
    goal = GOALS[targets.pop()] if len(targets) == 1 and targets <= GOALS.keys() else ARCHIVED
    stacks = CAPTURED if goal is GOALS["capture"] else STACKS
    logs, benchmarks = Path("logs"), Path("benchmarks")
    words = summarise(list(stacks), Path(SPECIMENS), archive, logs, benchmarks, goal)
    return words if has_begun or in_work(stacks) else f"{NOTHING}\n{words}"


def close():
    """Say the closing words, where there are any."""
    words = closing_words()
    if words:
        print(words, file=sys.stderr)


onsuccess:
    close()


onerror:
    close()
