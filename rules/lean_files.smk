# The names of files in a plan, of which ten thousand stacks have more than a million: filled in, looked up
# and compared in a shorter way than Snakemake's, to the same end (see rules/lean_plan.smk).

import re
from importlib.metadata import version
from types import MappingProxyType

from snakemake import dag as snakemake_dag, io as snakemake_io
from snakemake_interface_common.io import AnnotatedStringInterface

# These are the ways of one release's inside; with another, planning takes its time. Of a module's rules,
# planning is the other workflow's. They are proven for a run, here or on a cluster, and its dry run: for
# whatever else Snakemake is asked, nothing is shortened.
SHORTENED = "9.27"
PROVEN = (
    "-- --cores -c --jobs -j --local-cores --dry-run -n --directory -d --snakefile -s --config -C"
    " --quiet -q --printshellcmds -p --verbose --profile --workflow-profile --executor -e"
    " --keep-going -k --retries -T --rerun-incomplete --ri --keep-incomplete --latency-wait -w"
    " --forcerun -R --resources --res --set-resources --set-threads --default-resources --default-res"
    " --group-components --seconds-between-status-checks"
)
# Options of Slurm's executor decide nothing of a plan; `-j8` is `-j 8`.
IS_PROVEN = all(
    word.startswith("--slurm-") or re.sub(r"^(-[cjqTw])\d+$", r"\1", word) in PROVEN.split()
    for word in [one.partition("=")[0] for one in sys.argv[1:] if one.startswith("-")]
)
# Snakemake plans fewer stacks in some seconds by itself.
FROM_STACKS = 2000
KNOWN_INSIDE = (
    len(STACKS) >= FROM_STACKS
    and workflow.is_main_process
    and not AS_MODULE
    and IS_PROVEN
    and version("snakemake").rpartition(".")[0] == SHORTENED
)
# How Snakemake marks a file that lies elsewhere than on this machine's disks.
STORED = "storage_object"
NO_FLAGS = MappingProxyType({})


class PlainType(type):
    """The type of a class that nothing else counts as an instance of than what is one."""


def in_parts(pattern):
    """The name of a file with wildcards as a text to fill in, and the wildcards in their order."""
    text, names, last = "", [], 0
    for found in snakemake_io.WILDCARD_REGEX.finditer(pattern):
        text += pattern[last : found.start()].replace("%", "%%") + "%s"
        names.append(found.group("name"))
        last = found.end()
    return text + pattern[last:].replace("%", "%%"), names


class LeanString(snakemake_io.AnnotatedString):
    """Snakemake's name of a file with its flags, in a third of the memory.

    Attributes
    ----------
    _flags : None until there are some
    callable : None: it is a name
    """

    __slots__ = ("_flags", "callable")

    @property
    def flags(self):
        """Its flags, which may be added to."""
        if self._flags is None:
            self._flags = {}
        return self._flags

    @flags.setter
    def flags(self, value):
        self._flags = value


def filled_in(apply_wildcards):
    """A job's file, by the name that its rule has for it; what is out of the way is Snakemake's."""
    parts = {}

    def named(file, wildcards):
        flags = getattr(file._file, "_flags", None)
        if file._is_callable or flags and flags.get(STORED):
            return apply_wildcards(file, wildcards)
        letters = str.__str__(file._file)
        if "{" in letters:
            known = parts.get(id(file))
            if known is None:
                # The file goes with them, so that its id is nobody else's.
                known = parts[id(file)] = *in_parts(letters), MappingProxyType(flags or {}), file
            pattern, names, flags, _ = known
            try:
                letters = pattern % tuple([wildcards[name] for name in names])
            except KeyError:
                return apply_wildcards(file, wildcards)
        if letters[-1:] == os.sep or "<" in letters:
            return apply_wildcards(file, wildcards)
        made = str.__new__(snakemake_io._IOFile, letters)
        made._is_callable, made.rule = False, file.rule
        made._regex = made._wildcard_constraints = None
        made._file = named_file = str.__new__(LeanString, letters)
        # Those of a rule's file are the same for all jobs, and nobody's to change.
        is_shared = type(flags) is MappingProxyType
        named_file._flags = flags if is_shared else dict(flags) if flags else None
        named_file.callable = None
        return made

    return named


def has_flag(file, flag):
    """For Snakemake: whether a file has a flag."""
    return bool((file._flags or NO_FLAGS).get(flag))


def file_has_flag(file, flag):
    """For Snakemake: whether a file of a job has a flag."""
    return bool((getattr(file._file, "_flags", None) or NO_FLAGS).get(flag))


def is_elsewhere(file):
    """For Snakemake: whether a file lies elsewhere than on this machine's disks."""
    flags = getattr(file._file, "_flags", None)
    return bool(flags and flags.get(STORED))


def is_flagged_at_once(value, flag):
    """For Snakemake: whether anything has a flag."""
    return isinstance(value, AnnotatedStringInterface) and value.is_flagged(flag)


def exists_at_once(exists):
    """Snakemake's asking whether a file is there, of which most are known to it."""

    async def asked(file):
        known = file.rule.workflow.iocache
        if not known.active or is_elsewhere(file):
            return await exists(file)
        name, there = str.__str__(file), known.exists_local
        if dict.__contains__(there, name):
            return dict.__getitem__(there, name)
        folder = name.rpartition("/")[0]
        if folder != ".." and folder in there.has_inventory:
            return False
        return await exists(file)

    return asked


def where_odd(check):
    """Snakemake's warnings of odd names of files, where there may be any."""

    def checked(file):
        name = file._file
        if (
            not isinstance(name, str)
            or (name[:1] in ". " or name[-1:] == " ")
            or ("//" in name or "{" in name or "\n" in name)
        ):
            check(file)

    return checked


async def times_of_files(cache, jobs):
    """For Snakemake: note when the files of jobs were written, of those that are there."""
    times = cache.mtime
    for job in jobs:
        for file in (*job.input, *job.output, *([job.benchmark] if job.benchmark else [])):
            if not is_elsewhere(file) and await file.exists() and file not in times:
                times[file] = await cache.collect_mtime(file)


# The names are Snakemake's.
if KNOWN_INSIDE:
    of_file = snakemake_io._IOFile
    AnnotatedStringInterface.__class__ = PlainType
    of_file.apply_wildcards = filled_in(of_file.apply_wildcards)
    snakemake_io.AnnotatedString.is_flagged, of_file.is_flagged = has_flag, file_has_flag
    of_file.is_storage = property(is_elsewhere)
    # A file is known by its name; that of a rule's function, by the function's.
    of_file.__hash__, of_file.__eq__ = str.__hash__, str.__eq__
    of_file.check = where_odd(of_file.check)
    snakemake_io.IOCache.mtime_inventory = times_of_files
    of_file.exists = exists_at_once(of_file.exists)
    for asking in (snakemake_io, snakemake_dag, snakemake_jobs, snakemake_rules):
        asking.is_flagged = is_flagged_at_once
