# A plan of ten thousand stacks is a hundred thousand jobs. What Snakemake does for each of them, though
# it comes to the same for all, is done once here, or in a shorter way to the same end. What is to be
# done, and why, is Snakemake's to find out, as ever.

from types import SimpleNamespace

from snakemake.exceptions import ProtectedOutputException
from snakemake.iocontainers import AttributeGuard, Namedlist
from snakemake.output_index import OutputIndex

# Rules whose jobs have sound names of logs and benchmarks, as was seen of one.
SOUND = set()
PLACES_IN_LISTS = {}
NO_FILES = frozenset()


def without_empty_sets(init):
    """Snakemake's making of a job, whose many empty sets are one."""

    def made(job, *args, **options):
        init(job, *args, **options)
        for name in ("temp_output", "protected_output", "touch_output", "pipe_or_service_output"):
            if not getattr(job, name):
                setattr(job, name, NO_FILES)
        if not job._queue_input:
            job._queue_input = NO_FILES

    return made


def is_reason(reason):
    """For Snakemake: whether there is a reason to do a job."""
    return not reason.finished and bool(
        reason._updated_input
        or reason._missing_output
        or reason.forced
        or reason._updated_input_run
        or reason.noio
        or reason.nooutput
        or reason.pipe
        or reason.service
        or reason.code_changed
        or reason.params_changed
        or reason.software_stack_changed
        or reason.input_changed
        or reason.unfinished_queue_input
    )


class Depending(dict):
    """Which jobs wait for a job, and for which of its files: the sets of what they depend on."""

    def __init__(self, job, dependencies):
        self.job, self.dependencies = job, dependencies

    def __missing__(self, other):
        self[other] = files = self.dependencies[other][self.job]
        return files


class AllDepending(dict):
    """Which jobs wait for which."""

    def __init__(self, dependencies):
        self.dependencies = dependencies

    def __missing__(self, job):
        self[job] = depending = Depending(job, self.dependencies)
        return depending


def one_set_each(init):
    """Snakemake's beginning of a plan, which notes once, not twice, by which files jobs hang together."""

    def made(dag, *args, **options):
        init(dag, *args, **options)
        dag.depending = AllDepending(dag._dependencies)
        # For scripts, wrappers and notebooks, of which there are none.
        dag.dag_processors = []

    return made


def once_for_a_rule(is_valid):
    """Snakemake's asking whether a job's log and benchmark have names, which its rule tells."""

    def asked(job):
        kind = job.rule
        if kind not in SOUND:
            is_valid(job)
            SOUND.add(kind)

    return asked


def of_some_stacks(check_directory_outputs):
    """Snakemake's asking whether a file is made within a folder that another step makes.

    No name of a stack has a slash in it: one stack that has a step tells it of all that have it.
    """

    def checked(dag):
        stacks = set({job.rule: stack_of_step(job) for job in dag.jobs}.values())
        jobs = [job for job in dag.jobs if stack_of_step(job) in stacks]
        check_directory_outputs(SimpleNamespace(jobs=jobs))

    return checked


def by_kind(match_producers):
    """Snakemake's looking for the rules that make a file, once for that file of all stacks."""
    root = f"{SPECIMENS}/"

    def producers(index, name):
        if not name.startswith(root) or name.count("/", len(root)) < 2:
            return match_producers(index, name)
        specimen, view, rest = name[len(root) :].split("/", 2)
        kind = f"{os.sep}{rest}".replace(f"{os.sep}{specimen}_{view}", f"{os.sep}\0")
        known = index.__dict__.setdefault("by_kind", {})
        if kind not in known:
            known[kind] = match_producers(index, name)
        return known[kind]

    return producers


def by_outputs(cache_job):
    """Snakemake's noting by which files a job is known: by its log, only where one is asked for."""

    def noted(dag, job):
        if not job.output or any(
            target.startswith((f"{LOGS}/", f"{BENCHMARKS}/"))
            for target in workflow.dag_settings.targets
        ):
            return cache_job(dag, job)
        for file in job.output:
            dag.job_cache[(job.rule, file)] = job

    return noted


async def refuse_protected(job):
    """For Snakemake: stop where a file that a job makes may not be written."""
    protected = [file for file in job.output if await file.protected()]
    if protected:
        raise ProtectedOutputException(job, protected)


async def oldest_output(job):
    """For Snakemake: when the oldest of a job's files was written; None where there is none."""
    files = [*job.output, job.benchmark] if job.benchmark else job.output
    times = [(await file.mtime()).local_or_storage() for file in files if await file.exists()]
    return min(times, default=None)


async def missing_of(job, requested):
    """For Snakemake: those of a job's files that are not there."""
    for file in requested:
        if not await file.exists():
            yield file


def counted_by_rule(dag):
    """For Snakemake: how many jobs there are of each rule, in words and in numbers."""
    counts = snakemake_dag.Counter(
        job.rule.name for job in (*dag.needrun_jobs(), *dag.finished_jobs)
    )
    table = {rule.name: counts[rule.name] for rule in workflow.rules if counts[rule.name]}
    table["total"] = sum(table.values())
    rows = [{"job": name, "count": count} for name, count in table.items()]
    return f"Job stats:\n{snakemake_dag.tabulate(rows, headers='keys')}\n", table


def each_group_once(check_groups):
    """Snakemake's asking whether a group waits for itself, which it asks again for each of its jobs."""

    def checked(dag):
        of_jobs, dag._group = dag._group, {group: group for group in dag._group.values()}
        try:
            check_groups(dag)
        finally:
            dag._group = of_jobs

    return checked


def lean_list(init):
    """Snakemake's making of a list with names, of which a plan has half a million."""

    def made(named, toclone=None, fromdict=None, **options):
        if options:
            return init(named, toclone, fromdict, **options)
        list.__init__(named, () if toclone is None else toclone)
        named._names = {}
        if isinstance(toclone, Namedlist):
            named._take_names(toclone._get_names())
        for key, item in (fromdict or {}).items():
            named.append(item)
            named._set_name(key, len(named) - 1)

    return made


def with_shared_places(set_name):
    """Snakemake's naming of what stands in a list, the places being the same in many."""

    def named(items, name, index, end=None):
        set_name(items, name, index, end)
        place = (index, end)
        items._names[name] = PLACES_IN_LISTS.setdefault(place, place)

    return named


def with_plan_made(init):
    """Snakemake's scheduler, at whose beginning the plan stands: garbage is looked for again."""

    def begin(scheduler, *others):
        gc.freeze()
        gc.enable()
        init(scheduler, *others)

    return begin


# The names are Snakemake's.
if KNOWN_INSIDE:
    # What is made while a run is planned lives until its end.
    gc.disable()
    JobScheduler.__init__ = with_plan_made(JobScheduler.__init__)
    of_dag, a_job = snakemake_dag.DAG, snakemake_dag.Job
    # What no list of a plan is to be asked for.
    Namedlist._allowed_overrides = ("index", "sort")
    Namedlist.index, Namedlist.sort = AttributeGuard("index"), AttributeGuard("sort")
    Namedlist.__init__ = lean_list(Namedlist.__init__)
    Namedlist._set_name = with_shared_places(Namedlist._set_name)
    of_dag.__init__ = one_set_each(of_dag.__init__)
    a_job.__init__ = without_empty_sets(a_job.__init__)
    snakemake_jobs.Reason.__bool__ = is_reason
    a_job.is_valid = once_for_a_rule(a_job.is_valid)
    a_job.check_protected_output = refuse_protected
    a_job.missing_output = missing_of
    a_job.output_mintime = property(oldest_output)
    of_dag.check_directory_outputs = of_some_stacks(of_dag.check_directory_outputs)
    of_dag.cache_job = by_outputs(of_dag.cache_job)
    of_dag._check_groups = each_group_once(of_dag._check_groups)
    of_dag.stats = counted_by_rule
    OutputIndex.match_producers = by_kind(OutputIndex.match_producers)
