# What is submitted to a cluster as one job: all steps of a stack, or those of several stacks of the
# sheet one after the other where the profile says `group-components: stacks=10`, for clusters that
# want few long jobs. The name stands in the job's comment and in the path of its log.

from records.mounts import keeps_locks_to_itself

# What an option or profile calls such a group.
STACKS_OF_A_JOB = "stacks"
# The profiles of clusters that Snakemake has no executor of its own for name a script by it.
os.environ.update(HOLOSTACK_HOME=str(HERE))


@cache
def in_order():
    """The stacks of the sheet, and the place of each."""
    stacks = list(STACKS)
    return stacks, {stack: place for place, stack in enumerate(stacks)}


def submission(wildcards):
    """For `group`: the job on a cluster that a stack's steps are part of."""
    stack = stack_of(wildcards)
    count = workflow.group_settings.group_components.get(STACKS_OF_A_JOB, 1)
    if count < 2 or not workflow.is_main_process or stack not in STACKS:
        return f"stack_{stack[0]}_{stack[1]}"
    stacks, places = in_order()
    begin = places[stack] // count * count
    first, last = stacks[begin], stacks[min(begin + count, len(stacks)) - 1]
    name = f"stacks_{first[0]}_{first[1]}_to_{last[0]}_{last[1]}"
    # By this, Snakemake knows how many may be one.
    workflow.parent_groupids[name] = STACKS_OF_A_JOB
    return name


def warn_of_locks():
    """Say where two machines that make the same stack would not see each other's locks."""
    option = "" if workflow.local_exec else keeps_locks_to_itself(Path(SPECIMENS))
    if option:
        warn(
            f"{SPECIMENS}: is mounted with {option}, so that a lock holds on its own machine alone; "
            "after Snakemake was killed, end its jobs (scancel) before the same command"
        )
