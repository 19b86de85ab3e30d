"""Jobs of clusters that Snakemake has no executor of its own for, PBS and LSF: where each keeps
its files, how it is submitted, and what became of it.

Every submission has a folder of its own in the run's, on the file system that all nodes see:

    .snakemake/batch/NAME-…/job.sh    what is submitted: it runs Snakemake's script
    .snakemake/batch/NAME-…/out       what the job and its programs said
    .snakemake/batch/NAME-…/ended     its exit status, once it has one
    .snakemake/batch/by-number/N      the folder of the job that the cluster calls N

Where a job has written how it ended, nobody asks the cluster, which may not know for long.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from records.errors import RecordError
from records.locks import PLANNED

FOLDER = Path(".snakemake") / "batch"
BY_NUMBER = FOLDER / "by-number"
RUNNING, SUCCESS, FAILED = "running", "success", "failed"
ANSWERS_WITHIN_S = 60
# What a node has written is seen here within this time.
SEEN_WITHIN_S = 60
# As a shell counts on from a signal's number.
BY_SIGNAL = 128
# More letters of a name some clusters refuse.
_NAME_LETTERS = 15


@dataclass(frozen=True)
class Cluster:
    """How a kind of cluster is spoken to.

    Attributes
    ----------
    names : options of its command to submit, for the job's name and for where its words go
    number : how what it answers names the job
    ask : the command that tells of a job, without its number
    at_work : how that says that a job is to come or runs
    gone : how it says that a job has ended, or is not known any more
    takes_words : whether what it is given is a line for a shell, and no file's name
    """

    names: tuple[str, ...]
    number: re.Pattern[str]
    ask: tuple[str, ...]
    at_work: re.Pattern[str]
    gone: re.Pattern[str]
    takes_words: bool = False


CLUSTERS = {
    # OpenPBS, PBS Pro, and Torque, whose states have the same letters.
    "pbs": Cluster(
        ("-N", "{name}", "-j", "oe", "-o", "{out}"),
        re.compile(r"^\s*(\d\S*)\s*$", re.M),
        ("qstat", "-f"),
        re.compile(r"job_state = [QRHWTSEUBM]\b"),
        re.compile(r"job_state = [FCX]\b|Unknown Job|has finished|[Ii]nvalid job id"),
    ),
    "lsf": Cluster(
        ("-J", "{name}", "-o", "{out}"),
        re.compile(r"Job <(\d+)> is submitted"),
        ("bjobs", "-noheader", "-o", "stat"),
        re.compile(r"^\s*(PEND|RUN|PSUSP|USUSP|SSUSP|PROV|WAIT|UNKWN)\b", re.M),
        re.compile(r"^\s*(DONE|EXIT|ZOMBI)\b|is not found", re.M),
        takes_words=True,
    ),
}


def submit(kind: str, command: Sequence[str], script: Path) -> str:
    """Submit a script of Snakemake's; the number that the cluster gave it.

    Parameters
    ----------
    kind : of cluster, a key of `CLUSTERS`
    command : to submit by, with all that it asks for: `qsub -l …`

    Raises
    ------
    RecordError : the cluster took no job
    """
    cluster = CLUSTERS[kind]
    name = re.sub(r"[^\w.-]", "_", script.name.removeprefix("snakejob."))
    BY_NUMBER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name[:60]}-", dir=FOLDER)).resolve()
    job, out, ended = folder / "job.sh", folder / "out", folder / "ended"
    part = shlex.quote(f"{ended}.part")
    planned = shlex.quote(os.environ.get(PLANNED, ""))
    job.write_text(
        f"#!/bin/sh\nexport {PLANNED}={planned}\n"
        f"sh {shlex.quote(str(script.resolve()))}\nstatus=$?\n"
        f"echo $status > {part} && mv {part} {shlex.quote(str(ended))}\nexit $status\n"
    )
    job.chmod(0o755)
    short = re.sub(r"^(?:stacks?_)", "", name)[:_NAME_LETTERS]
    # PBS takes no name that begins with a digit.
    short = short if short[:1].isalpha() else f"s{short}"[:_NAME_LETTERS]
    words = [word.format(name=short, out=out) for word in cluster.names]
    words.append(shlex.quote(str(job)) if cluster.takes_words else str(job))
    try:
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise RecordError(f"{command[0]}: {error.strerror}; is it on the PATH here?") from None
    found = cluster.number.search(done.stdout)
    if done.returncode or found is None:
        said = " ".join((done.stderr or done.stdout).split())
        raise RecordError(f"{command[0]} took no job: {said}")
    link = BY_NUMBER / found[1]
    # Clusters begin to count anew.
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    return found[1]


def status(kind: str, number: str) -> str:
    """What became of a job: `RUNNING`, `SUCCESS` or `FAILED`.

    One that the cluster knows no more and that has not written how it ended was killed; it is given
    time, as its node's words may be on their way. Where a cluster does not answer, a job goes on.
    """
    cluster, folder = CLUSTERS[kind], BY_NUMBER / number
    if (folder / "ended").is_file():
        return SUCCESS if (folder / "ended").read_text().strip() == "0" else FAILED
    try:
        done = subprocess.run(
            [*cluster.ask, number],
            capture_output=True,
            text=True,
            timeout=ANSWERS_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return RUNNING
    said, missed = done.stdout + done.stderr, folder / "missed"
    if cluster.at_work.search(said) or not cluster.gone.search(said):
        missed.unlink(missing_ok=True)
        return RUNNING
    if not folder.is_dir():
        return FAILED
    if not missed.exists():
        missed.touch()
    return FAILED if time.time() - missed.stat().st_mtime > SEEN_WITHIN_S else RUNNING


def log_of(number: str) -> Path:
    """What a job and its programs said."""
    return (BY_NUMBER / number).resolve() / "out"


def ended_by_itself(number: str) -> bool:
    """Whether a job came to its end, and was not killed on the way, all of it or its programs."""
    ended = BY_NUMBER / number / "ended"
    return ended.is_file() and int(ended.read_text()) <= BY_SIGNAL
