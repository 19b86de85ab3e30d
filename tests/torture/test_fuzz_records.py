"""Fuzz: records, sheet, configuration, inventories and logs of a finished stack, as anyone may find
them, read by every step and command that reads them, in this process: a right end or a sentence."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import json
import os
import random
import resource
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from imaging.errors import ImagingError
from records.errors import RecordError
from records.log import in_lines, read_log, shortened
from records.machine import in_words
from tests.torture.mutations import mutated_bytes, mutated_json, mutated_table
from tests.torture.trees import DISK, Tree, make_frames, new_tree, snakemake
from tests.torture.trials import REFUSED, ROOT, SURVIVED, form

STACK, ARCHIVE = f"{DISK}/specimens/S-1/top", f"{DISK}/archive"
MASTER = f"{STACK}/archival/S-1_top.json"
HANG_S, MOST_BYTES = 60, 3 << 30
# Of a data folder's files half: what Snakemake notes, and what pages show with.
NOT_READ = shutil.ignore_patterns(".snakemake", "static")
OBJECT = ("--archive", ARCHIVE, "--specimen", "S-1", "--view", "top")
READING = ("--archive", ARCHIVE)
COMMANDS = {
    "restore": ["restore.py", *OBJECT, "--stack", "again/S-1/top"],
    "verify": ["verify.py", *READING, "--receipts", f"{DISK}/specimens"],
    "media": ["media.py", *READING],
    "policy": ["policy.py", *READING],
    "describe": ["describe.py", *OBJECT, "--stack", STACK, "--metadata", "caption=Other"],
    "reduce": ["reduce.py", "--archive", ARCHIVE, "--stack", STACK],
    "bag": ["bag.py", "export", *OBJECT, "--bag", "bag"],
}
# Each file, and who reads it: steps by the names of their logs, commands, and reports.
READERS = {
    f"{STACK}/import.json": ("import_raws", "ledger", "archive"),
    f"{STACK}/frames.csv": ("convert", "fuse", "qc", "master", "archive", "pages", "media"),
    f"{STACK}/stack/convert.json": ("align", "master", "archive", "reduce"),
    f"{STACK}/stack/transforms.json": ("fuse", "qc", "master", "archive", "pages"),
    f"{STACK}/stack/fuse.json": ("qc", "master", "archive", "reduce"),
    f"{STACK}/stack/qc.json": ("archive", "pages", "summary"),
    MASTER: ("derive_web.jpg", "archive", "pages", "summary", "plan"),
    f"{STACK}/archive.json": ("verify", "describe", "reduce", "pages", "plan", "restore"),
    f"{STACK}/sheet.json": ("archive", "describe"),
    f"{STACK}/settings.json": ("archive",),
    f"{STACK}/tiff/.made.json": ("convert",),
    f"{STACK}/.seen.json": ("plan", "ledger"),
    f"{STACK}/.raws.json": ("plan", "ledger"),
    "logs/S-1/top/align.log": ("archive", "pages", "summary"),
    "benchmarks/S-1/top/fuse.tsv": ("summary",),
    "config/specimens.csv": ("archive", "sheet"),
    "config/config.yaml": ("sheet", "media"),
    "OBJECT/inventory.json": ("restore", "verify", "media", "policy", "describe", "bag", "reduce"),
    "CONTENT/archival/S-1_top.json": ("media", "policy", "describe", "bag", "restore"),
    "CONTENT/sheet.json": ("media", "describe", "restore", "bag"),
    "CONTENT/settings.json": ("describe", "bag", "media"),
    "CONTENT/frames.csv": ("media", "describe"),
    "CONTENT/ro-crate-metadata.json": ("describe", "bag", "media"),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Iterator[Path]:
    """A data folder whose one stack is archived."""
    folder = tmp_path_factory.mktemp("fuzz")
    make_frames(folder / "frames", 96)
    tree: Tree = new_tree(folder / "tree", folder / "frames")
    # The record of converted frames is fuzzed too, which are temporary else.
    configuration = tree.data / "config" / "config.yaml"
    wanted = json.loads(configuration.read_text()) | {"convert": {"keep": True}}
    configuration.write_text(json.dumps(wanted))
    tree.run(snakemake(tree))
    yield tree.data
    tree.remove()


@pytest.fixture(scope="module")
def steps(finished) -> dict[str, list[str]]:
    """Every command that reads what is fuzzed, by its name."""
    logs = sorted((finished / "logs" / "S-1" / "top").glob("*.log"))
    commands = {log.stem: shlex.split(read_log(log).command)[1:] for log in logs}
    return commands | COMMANDS


def test_every_record_is_read_or_refused_in_a_sentence(torture, finished, steps, tmp_path):
    object_folder = next((finished / ARCHIVE).glob("*/*/*/*/inventory.json")).parent

    def trial(seed: int) -> str:
        chance = random.Random(seed)
        name = chance.choice(sorted(READERS))
        reader = chance.choice(READERS[name])
        data = tmp_path / str(seed)
        # Raws and archive are many bytes that no reader changes, and are linked.
        shutil.copytree(finished, data, ignore=NOT_READ, copy_function=copied)
        try:
            inside = data / object_folder.relative_to(finished)
            path = named(data, inside, name)
            damage(path, chance)
            if name == "OBJECT/inventory.json":
                agree(inside)
            return ending(f"{seed}: {name} read by {reader}", data, reader, steps)
        finally:
            shutil.rmtree(data, ignore_errors=True)

    torture.each("fuzz: records", range(form(2500, 200)), trial)


def copied(source: str, target: str) -> None:
    if source.endswith((".tif", ".jpg", ".zip")):
        os.link(source, target)
    else:
        shutil.copyfile(source, target)


def named(data: Path, inside: Path, name: str) -> Path:
    first, _, rest = name.partition("/")
    folders = {"OBJECT": inside, "CONTENT": inside / "v1" / "content"}
    return folders[first] / rest if first in folders else data / name


def damage(path: Path, chance: random.Random) -> None:
    """Put something else in a file's place."""
    content = path.read_bytes()
    if path.suffix == ".json" and chance.random() < 0.7:
        # Records of before have no hash of their own, by which any change is found.
        whole = json.loads(content)
        whole.pop("record_sha256", None)
        content = json.dumps(whole).encode()
    ways = {".json": mutated_json, ".csv": mutated_table}
    path.unlink()
    path.write_bytes(ways.get(path.suffix, mutated_bytes)(content, chance))


def agree(folder: Path) -> None:
    """Let all that names an inventory's digest name the one that it has now, as a forger would."""
    raw = (folder / "inventory.json").read_bytes()
    try:
        algorithm = json.loads(raw)["digestAlgorithm"]
        digest = hashlib.new(algorithm, raw).hexdigest()
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        algorithm, digest = "sha256", hashlib.sha256(raw).hexdigest()
    with contextlib.suppress(OSError, ValueError):
        for place in (folder, folder / "v1"):
            (place / "inventory.json").unlink(missing_ok=True)
            (place / "inventory.json").write_bytes(raw)
            (place / f"inventory.json.{algorithm}").write_text(f"{digest} inventory.json\n")


def ending(what: str, data: Path, reader: str, steps: dict[str, list[str]]) -> str:
    """How a reader ends, in a data folder: well, or in a sentence; anything else is wrong."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    here, said = Path.cwd(), io.StringIO()
    os.chdir(data)
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            read_by(reader, data, steps)
        answer = SURVIVED
    except (RecordError, ImagingError) as error:
        answer = sentence(what, str(error))
    except OSError as error:
        answer = sentence(what, in_words(error))
    except MemoryError as error:
        raise AssertionError(f"{what}: takes all memory: {error}") from None
    except SystemExit as error:
        # Of argparse, which has said why.
        assert error.code == 2, f"{what}: ended with {error.code}: {said.getvalue()[-300:]}"
        answer = REFUSED
    except Exception as error:
        trace = error.__traceback__
        while trace.tb_next and str(ROOT) in trace.tb_next.tb_frame.f_code.co_filename:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        raise AssertionError(
            f"{what}: {type(error).__name__} in {where}: {error!s:.200}"
        ) from error
    finally:
        os.chdir(here)
    for line in said.getvalue().split("\n"):
        assert not line.startswith("error: forged"), f"{what}: forges a line of the log"
        assert "\x1b" not in line and "\x00" not in line, f"{what}: controls on the terminal"
    took = time.monotonic() - started
    assert took < HANG_S, f"{what}: took {took:.0f} s"
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert more < MOST_BYTES, f"{what}: took {more / 1e9:.1f} GB"
    return answer


def sentence(what: str, text: str) -> str:
    assert text.strip() and "Traceback" not in text, f"{what}: says {text!r}"
    said = in_lines(shortened(text))
    assert len(said) < 20_000, f"{what}: says {len(said)} letters"
    return REFUSED


def read_by(reader: str, data: Path, steps: dict[str, list[str]]) -> None:
    if reader in steps:
        script, *argv = steps[reader]
        importlib.import_module(Path(script).stem).main(argv)
    else:
        REPORTS[reader](data)


def pages(data: Path) -> None:
    from records.reports.review_index import write_index
    from records.reports.review_site import Site

    site = Site(data / "results", ROOT / "web" / "static")
    trees = [data / DISK / "specimens", data / ARCHIVE, data / "logs"]
    write_index(site, {("S-1", "top"): {}}, *trees)
    shown = (data / "results" / "stacks.csv").read_text()
    assert "\x1b" not in shown and "\x00" not in shown


def summary(data: Path) -> None:
    from records.reports.summary import summarise

    roots = [data / DISK / "specimens", data / ARCHIVE, data / "logs", data / "benchmarks"]
    summarise([("S-1", "top")], *roots)


def plan(data: Path) -> None:
    """What Snakemake's own rules read when a run is planned."""
    from records.archive.described import archived_digest
    from records.archive.why_held import why_held

    archived_digest(data / STACK / "archive.json", data / ARCHIVE)
    why_held(data / STACK, "archival/S-1_top", "")


def sheet(data: Path) -> None:
    from records.sheet.configuration import check_config, read_configuration
    from records.sheet.stacks import doubtful, read_sheet

    config = read_configuration(data, ROOT)
    check_config(config)
    path = data / "config" / "specimens.csv"
    doubtful(path, read_sheet(path, config).values())


REPORTS = {one.__name__: one for one in (pages, summary, plan, sheet)}
