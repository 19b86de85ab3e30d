"""Programs that answer as PBS and LSF do, and run jobs on this machine; for tests, no judges.

They know what docs/cluster.md says of them: options to submit, words to tell of a job. Jobs run at
once and in the background, without any limit of memory or time.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The first lines, alike in all: where jobs are kept, each as a folder with its process in it.
_BEGIN = """#!{python}
import os, signal, subprocess, sys
from pathlib import Path
jobs, words = Path({jobs!r}), sys.argv[1:]
def submitted(out, *job):
    number = str(len(list(jobs.iterdir())) + 1)
    said = Path(out).open("wb")
    job = subprocess.Popen(
        job, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
    )
    (jobs / number).write_text(str(job.pid))
    return number
def runs(number):
    stat = Path("/proc", (jobs / number).read_text(), "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
def end(number):
    os.killpg(int((jobs / number).read_text()), signal.SIGKILL)
"""
_PROGRAMS = {
    "qsub": """
asked = dict(zip(words[::2], words[1::2]))
assert {"-N", "-j", "-o", "-l"} <= asked.keys() and asked["-N"][0].isalpha(), words
assert len(asked["-N"]) <= 15 and "walltime=" in " ".join(words), words
print(submitted(asked["-o"], words[-1]) + ".server")
""",
    "qstat": """
number = words[1].partition(".")[0]
if not (jobs / number).exists() or not runs(number):
    sys.exit(f"qstat: Unknown Job Id {words[1]}")
print(f"Job Id: {words[1]}\\n    Job_Name = some\\n    job_state = R")
""",
    "qdel": "[end(number.partition('.')[0]) for number in words]",
    "bsub": """
asked = dict(zip(words[::2], words[1::2]))
assert {"-n", "-R", "-M", "-W", "-J", "-o"} <= asked.keys(), words
number = submitted(asked["-o"], "sh", "-c", words[-1])
print(f"Job <{number}> is submitted to default queue <normal>.")
""",
    "bjobs": """
if not (jobs / words[-1]).exists():
    sys.exit(f"Job <{words[-1]}> is not found")
print("RUN" if runs(words[-1]) else "EXIT")
""",
    "bkill": "[end(number) for number in words]",
}


def programs(folder: Path) -> Path:
    """A folder for the PATH with all of them."""
    jobs, bin_folder = folder / "jobs", folder / "bin"
    jobs.mkdir(parents=True)
    bin_folder.mkdir()
    for name, text in _PROGRAMS.items():
        program = bin_folder / name
        program.write_text(_BEGIN.format(python=sys.executable, jobs=str(jobs)) + text)
        program.chmod(0o755)
    return bin_folder
