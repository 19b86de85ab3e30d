"""A Slurm of one machine for the tests: munged, slurmctld and slurmd, started here and ended here.

Slurm reads `/etc/slurm/slurm.conf` alone, so it is written for as long as the cluster runs; where
there is one already, nothing is touched and nothing is started.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo")
SYSTEM_PROGRAMS = "/usr/sbin"
UP_WITHIN_S = 30.0
# So many that no job waits for another, whatever this machine has.
CORES = 16


class NoSlurm(Exception):
    """Slurm cannot be run here; the message says why."""


def configuration(folder: Path, munge: Path) -> str:
    """The cluster's configuration: one node, no accounts, every file in `folder`."""
    host = socket.gethostname().split(".")[0]
    ports = [free_port() for _ in range(2)]
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return f"""
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge}
CredType=cred/munge
CommunicationParameters=NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=1
MinJobAge=600
ReturnToService=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={CORES} RealMemory={memory_mb} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """Run a cluster whose files lie in `folder`; every program is ended with the block.

    Raises
    ------
    NoSlurm : not installed, not allowed, one is configured already, or not up in time
    """
    path = f"{os.environ['PATH']}{os.pathsep}{SYSTEM_PROGRAMS}"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        raise NoSlurm(f"{', '.join(missing)} not installed (Debian: slurm-wlm, munge)")
    if os.geteuid() != 0:
        raise NoSlurm(f"only root may write {CONFIGURATION}")
    if CONFIGURATION.exists():
        raise NoSlurm(f"{CONFIGURATION} is there already")
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir(parents=True)
    # Munge trusts no folder that others may write to; a socket's name is at most 107 bytes long.
    (folder / "munge").chmod(0o755)
    key, meeting = folder / "munge" / "key", folder / "munge" / "socket"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    running: list[subprocess.Popen[bytes]] = []
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(configuration(folder, meeting))
    try:
        commands = [
            ["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={meeting}"]
            + [f"--pid-file={folder}/munge/pid", f"--log-file={folder}/munge/log"]
            + [f"--seed-file={folder}/munge/seed"],
            ["slurmctld", "-D", "-c"],
            ["slurmd", "-D"],
        ]
        for command in commands:
            program = shutil.which(command[0], path=path)
            with (folder / f"{command[0]}.out").open("wb") as said:
                running.append(
                    subprocess.Popen(
                        [str(program), *command[1:]], stdout=said, stderr=subprocess.STDOUT
                    )
                )
            if command[0] == "munged":
                wait_for(meeting.exists, running, "munged")
        wait_for(node_is_idle, running, "the node")
        probe = subprocess.run(
            ["srun", "--immediate=20", "true"], capture_output=True, timeout=60, check=False
        )
        if probe.returncode != 0:
            raise NoSlurm(f"it runs no job ({probe.stderr.decode(errors='replace').strip()})")
        yield
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        CONFIGURATION.unlink(missing_ok=True)


def wait_for(
    condition: Callable[[], bool], running: list[subprocess.Popen[bytes]], what: str
) -> None:
    """Wait until something is so, as long as all programs run."""
    deadline = time.monotonic() + UP_WITHIN_S
    while not condition():
        ended = [process.args[0] for process in running if process.poll() is not None]
        if ended or time.monotonic() > deadline:
            raise NoSlurm(f"{ended[0]} ended" if ended else f"{what} is not up in time")
        time.sleep(0.2)


def node_is_idle() -> bool:
    """Whether the cluster takes jobs."""
    done = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.split() == ["idle"]
