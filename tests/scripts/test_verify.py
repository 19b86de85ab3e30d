"""Verification finds every kind of damage, says where, and goes on where it stopped."""

import contextlib
import csv
import hashlib
import json
import os
import random
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import verify
from records.archive import fixity, ocfl, verification
from records.archive.frame_index import OF_OBJECTS
from records.errors import RecordError
from records.files import json_bytes
from tests.scripts.stack_folder import SPECIMEN, arguments, make_stack, put_in_archive, write_master


@pytest.fixture
def root(tmp_path) -> Path:
    return tmp_path / "archive"


@pytest.fixture(scope="module")
def archived(tmp_path_factory, demo) -> Path:
    """A stack of two masters and its archive; the last is `archive`."""
    home = tmp_path_factory.mktemp("archived")
    stack = make_stack(home, sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2])
    put_in_archive(stack, home / "archive")
    write_master(stack, 8)
    put_in_archive(stack, home / "archive")
    return home


@pytest.fixture
def folder(archived, root, tmp_path) -> Path:
    """An object of two versions, which a test may damage."""
    shutil.copytree(archived, tmp_path, symlinks=True, dirs_exist_ok=True)
    (folder,) = ocfl.object_folders(root)
    return folder


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file over; doing it again turns it back."""
    path.chmod(0o644)
    with path.open("rb+") as opened:
        opened.seek(bit // 8)
        byte = opened.read(1)[0]
        opened.seek(bit // 8)
        opened.write(bytes([byte ^ 1 << bit % 8]))


def faults(root: Path) -> list[str]:
    found = fixity.check_root(root)
    for folder in ocfl.object_folders(root):
        found += fixity.check_object(root, folder).faults
    return found


def test_a_sound_archive_passes_with_a_row_for_every_object(folder, root, tmp_path, capsys):
    report = tmp_path / "fixity.csv"
    verify.main(["--archive", str(root), "--report", str(report)])
    (row,) = csv.DictReader(report.open())
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert row == {
        "object": f"holostack:{SPECIMEN}/dorsal",
        "path": folder.relative_to(root).as_posix(),
        "version": "v2",
        "files": str(len(files)),
        "size_bytes": str(sum(path.stat().st_size for path in files)),
        "verdict": "whole",
        "faults": "",
    }
    assert "MB/s), 0 faulty" in capsys.readouterr().err


@pytest.mark.slow
def test_one_flipped_bit_is_found_in_every_file(folder, root):
    chance = random.Random(5)
    for path in sorted(root.rglob("*")):
        # The index of frames is made from what is archived, and made anew where it is damaged.
        if path.is_file() and path != root / OF_OBJECTS:
            for _ in range(3):
                bit = chance.randrange(8 * path.stat().st_size)
                flip(path, bit)
                assert faults(root), f"bit {bit} of {path}"
                flip(path, bit)
    assert faults(root) == []


@pytest.mark.slow
def test_every_bit_counts_in_what_declares_an_archive(folder, root):
    for path in (folder / "0=ocfl_object_1.1", root / "0=ocfl_1.1", root / "ocfl_layout.json"):
        for bit in range(0, 8 * path.stat().st_size, 5):
            flip(path, bit)
            assert faults(root), f"bit {bit} of {path}"
            flip(path, bit)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda f: (f / "v1/content/raw/pcb_001.jpg").unlink(), "(OCFL E092)"),
        (lambda f: (f / "v1/content/raw/more.jpg").write_bytes(b"x"), "(OCFL E023)"),
        (lambda f: (f / "v1/content/raw/empty").mkdir(), "(OCFL E024)"),
        (lambda f: (f / "thumbs.db").write_bytes(b"x"), "(OCFL E001)"),
        (lambda f: (f / "v3").mkdir(), "(OCFL E046)"),
        (lambda f: (f / "inventory.json").unlink(), "inventory.json: missing"),
        (lambda f: (f / "v2/inventory.json.sha256").unlink(), "(OCFL E058)"),
        (lambda f: (f / "0=ocfl_object_1.1").unlink(), "a file that belongs to no object"),
        (lambda f: f.rename(f.with_name("renamed")), "which belongs at"),
        (lambda f: f.rename(f.parents[3] / f.name), "which belongs at"),
        (lambda f: moved_and_linked(f / "v1/content/raw/pcb_001.jpg"), "pcb_001.jpg: is a link"),
        (lambda f: moved_and_linked(f / "v1/content/raw"), "content/raw: is a link"),
        (lambda f: moved_and_linked(f), "(OCFL E090)"),
        (lambda f: os.mkfifo(f / "v1/content/raw/pipe"), "pipe: is a link or a device"),
        (lambda f: os.truncate(writable(f / "v1/content/raw/pcb_001.jpg"), 1000), "(OCFL E092)"),
    ],
)
def test_other_damage_is_found_and_named(folder, root, damage, said):
    damage(folder)
    assert any(said in fault for fault in faults(root)), faults(root)


def test_a_fault_says_in_words_what_is_wrong_and_then_its_code(folder, root):
    place = folder / "v1/content/raw/pcb_001.jpg"
    flip(place, 80)
    assert faults(root) == [f"{place}: is not what was archived: another sha256 (OCFL E092)"]


def moved_and_linked(path: Path) -> None:
    """Put a file or folder outside of the archive and a link to it in its place."""
    outside = next(one for one in path.parents if one.name == "archive").with_name("outside")
    path.rename(outside)
    path.symlink_to(outside)


def writable(path: Path) -> Path:
    path.chmod(0o644)
    return path


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound, contextlib.chdir(path.parent):
        bound.bind(path.name)


STRANGE = {
    "pipe": os.mkfifo,
    "socket": socket_at,
    "device": lambda path: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    "link": lambda path: path.symlink_to("/etc/hostname"),
    "link to nowhere": lambda path: path.symlink_to("nowhere"),
    "link to a folder": lambda path: path.symlink_to("/etc"),
    "empty folder": os.mkdir,
}


# Of the object's folder, of the folders above it, and of what lies beside objects.
PLACES = (
    ".",
    "extensions",
    "extensions/0003-hash-and-id-n-tuple-storage-layout",
    "extensions/holostack-frames",
    "extensions/holostack-staging",
    "extensions/holostack-staging/left",
)
PLACES_IN_OBJECT = ("..", ".", "v1", "v1/content/raw", "extensions")


def test_what_is_neither_file_nor_full_folder_is_found_wherever_it_lies(folder, root):
    places = [root / place for place in PLACES]
    places += [(folder / place).resolve() for place in PLACES_IN_OBJECT]
    for place in places:
        for kind, make in STRANGE.items():
            new = not place.exists()
            place.mkdir(parents=True, exist_ok=True)
            strange = place / "strange"
            make(strange)
            # What archiving builds is told apart, and harmless.
            harmless = "staging" in str(place) and kind == "empty folder"
            found = [fault for fault in faults(root) if str(strange) in fault]
            assert harmless or found, f"{kind} at {strange}"
            strange.rmdir() if kind == "empty folder" else strange.unlink()
            if new:
                place.rmdir()
    for place in (root / "extensions" / "holostack-staging" / "left", folder / "extensions"):
        shutil.rmtree(place, ignore_errors=True)
    assert faults(root) == []


def test_a_pipe_in_place_of_any_file_of_an_archive_is_found_and_not_waited_for(folder, root):
    names = [
        path for path in sorted(root.rglob("*")) if path.is_file() and path != root / OF_OBJECTS
    ]
    for path in [*names, root / OF_OBJECTS]:
        if path.name == "0=ocfl_1.1":
            continue
        aside = path.with_name("aside")
        path.rename(aside)
        os.mkfifo(path)
        assert any(str(path) in fault for fault in faults(root)), path
        aside.replace(path)
    assert faults(root) == []


def test_a_fault_ends_in_an_error_and_stands_in_the_report(folder, root, tmp_path):
    flip(folder / "v1" / "content" / "raw" / "pcb_002.jpg", 12345)
    report = tmp_path / "fixity.csv"
    with pytest.raises(RecordError, match="the object is faulty"):
        verify.main(["--archive", str(root), "--report", str(report)])
    (row,) = csv.DictReader(report.open())
    assert row["verdict"] == "faulty"
    assert "v1/content/raw/pcb_002.jpg" in row["faults"]


@pytest.fixture
def nine(tmp_path, demo, root) -> list[Path]:
    """The folders of nine objects, as they are verified one after the other."""
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:1]
    for number in range(9):
        put_in_archive(make_stack(tmp_path, photographs, f"view{number}"), root)
    return list(ocfl.object_folders(root))


def interrupted(root: Path, report: Path, monkeypatch, at: int = 5) -> None:
    """A verification that stops at an object; what it wrote is left beside the report."""
    check, seen = fixity.check_object, []

    def stopping(root, folder):
        seen.append(folder)
        if len(seen) == at:
            raise KeyboardInterrupt
        return check(root, folder)

    with monkeypatch.context() as context:
        context.setattr(fixity, "check_object", stopping)
        with pytest.raises(KeyboardInterrupt):
            verify.main(["--archive", str(root), "--report", str(report), "--threads", "1"])
    assert not report.exists()


def verified_in(unfinished: Path) -> int:
    """How many objects an unfinished report has as whole."""
    return sum(row["verdict"] == "whole" for row in csv.DictReader(unfinished.open()))


def gone_on(root: Path, report: Path, monkeypatch) -> list[Path]:
    """The folders that the next verification reads."""
    check, seen = fixity.check_object, []
    with monkeypatch.context() as context:
        context.setattr(
            fixity,
            "check_object",
            lambda root, folder: (seen.append(folder), check(root, folder))[1],
        )
        verify.main(["--archive", str(root), "--report", str(report)])
    return seen


@pytest.mark.slow
def test_an_interrupted_verification_goes_on_where_it_stopped(nine, root, tmp_path, monkeypatch):
    report = tmp_path / "fixity.csv"
    interrupted(root, report, monkeypatch)
    before = verified_in(report.with_name("fixity.csv.unfinished"))
    assert before > 0
    assert len(gone_on(root, report, monkeypatch)) == 9 - before
    rows = list(csv.DictReader(report.open()))
    assert [row["verdict"] for row in rows] == ["whole"] * 9
    assert tuple(rows[0]) == verification.COLUMNS
    assert not report.with_name("fixity.csv.unfinished").exists()


@pytest.mark.slow
def test_an_object_that_got_a_version_since_the_interruption_is_verified_again(
    nine, root, tmp_path, monkeypatch
):
    report = tmp_path / "fixity.csv"
    interrupted(root, report, monkeypatch)
    (stack,) = (
        path.parent
        for path in tmp_path.glob("*/*/archive.json")
        if root / json.loads(path.read_text())["path"] == nine[0]
    )
    write_master(stack, 8)
    put_in_archive(stack, root)
    flip(next((nine[0] / "v2" / "content" / "archival").glob("*.tif")), 1000)
    with pytest.raises(RecordError, match="1 of"):
        verify.main(["--archive", str(root), "--report", str(report)])
    faulty = [row for row in csv.DictReader(report.open()) if row["verdict"] == "faulty"]
    assert [row["version"] for row in faulty] == ["v2"]
    assert "v2/content/archival" in faulty[0]["faults"]


@pytest.mark.slow
@pytest.mark.parametrize("change", ["written", "replaced", "copy of the archive"])
def test_what_was_touched_since_the_interruption_is_verified_again(
    nine, root, tmp_path, monkeypatch, change
):
    """Also where size and time are those of before, as on a copy of the archive in its place."""
    report = tmp_path / "fixity.csv"
    interrupted(root, report, monkeypatch)
    raw = nine[0] / "v1" / "content" / "raw" / "pcb_001.jpg"
    times = raw.stat().st_atime_ns, raw.stat().st_mtime_ns
    if change == "written":
        flip(raw, 5)
        os.utime(raw, ns=times)
        with pytest.raises(RecordError, match="1 of"):
            verify.main(["--archive", str(root), "--report", str(report)])
        return
    if change == "replaced":
        shutil.copy2(raw, tmp_path / "copy")
        (tmp_path / "copy").replace(raw)
        assert nine[0] in gone_on(root, report, monkeypatch)
    else:
        shutil.copytree(root, tmp_path / "copy", copy_function=shutil.copy2)
        root.rename(tmp_path / "first")
        (tmp_path / "copy").rename(root)
        assert gone_on(root, report, monkeypatch) == nine


@pytest.mark.parametrize("forged", ["another root", "no root", "no table"])
def test_an_unfinished_report_of_another_archive_is_not_believed(
    folder, root, tmp_path, monkeypatch, capsys, forged
):
    """Though it says of every object, as it lies here, that it is whole."""
    report = tmp_path / "fixity.csv"
    unfinished = tmp_path / "fixity.csv.unfinished"
    row = dict.fromkeys((*verification.COLUMNS, "state"), "")
    row |= {"path": folder.relative_to(root).as_posix(), "verdict": "whole"}
    row |= {"state": fixity.state_on_disk(folder)}
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy2(root / "0=ocfl_1.1", other)
    first = {"path": ".", "verdict": "of this archive", "state": fixity.root_on_disk(other)}
    rows = [dict.fromkeys(row, "") | first, row]
    with unfinished.open("w") as opened:
        table = csv.DictWriter(opened, row)
        table.writeheader()
        table.writerows(rows[1:] if forged == "no root" else rows)
    if forged == "no table":
        unfinished.write_bytes(b"\xff\xfe" * 99)
    assert gone_on(root, report, monkeypatch) == [folder]
    assert "nothing that it read is believed" in capsys.readouterr().err


@pytest.mark.slow
def test_an_interruption_long_ago_is_not_gone_on_after(nine, root, tmp_path, monkeypatch):
    report = tmp_path / "fixity.csv"
    unfinished = tmp_path / "fixity.csv.unfinished"
    for days in (1, 8):
        report.unlink(missing_ok=True)
        interrupted(root, report, monkeypatch, at=7)
        then = unfinished.stat().st_mtime - days * 86400
        os.utime(unfinished, (then, then))
        kept = verified_in(unfinished)
        assert kept
        assert len(gone_on(root, report, monkeypatch)) == (9 - kept if days == 1 else 9)


@pytest.mark.slow
def test_one_object_is_verified_by_the_name_of_its_stack(nine, root, tmp_path, monkeypatch):
    report = tmp_path / "fixity.csv"
    interrupted(root, report, monkeypatch)
    for name in (f"{SPECIMEN}/view3", f"holostack:{SPECIMEN}/view3"):
        asked = ["--archive", str(root), "--report", str(tmp_path / "one.csv"), "--object", name]
        verify.main(asked)
        (row,) = csv.DictReader((tmp_path / "one.csv").open())
        assert row["object"] == f"holostack:{SPECIMEN}/view3"
    assert len(gone_on(root, report, monkeypatch)) < 9
    with pytest.raises(RecordError, match="holds no object holostack:X/view3"):
        verify.main(["--archive", str(root), "--object", "X/view3"])


def test_two_verifications_do_not_write_one_report(folder, root, tmp_path, monkeypatch):
    report = tmp_path / "fixity.csv"
    check = fixity.check_object

    def meanwhile(root, folder):
        with pytest.raises(RecordError, match="another verification is writing it"):
            verify.main(["--archive", str(root), "--report", str(report)])
        return check(root, folder)

    monkeypatch.setattr(fixity, "check_object", meanwhile)
    verify.main(["--archive", str(root), "--report", str(report)])
    assert report.exists()


def test_without_options_the_archive_of_the_configuration_is_verified(folder, root, monkeypatch):
    """As a command in the data folder: no sheet, no lock, no Snakemake."""
    monkeypatch.chdir(root.parent)
    verify.main([])
    (row,) = csv.DictReader((root.parent / "results" / "verify.csv").open())
    assert row["verdict"] == "whole"
    elsewhere = root.parent / "elsewhere"
    (elsewhere / "config").mkdir(parents=True)
    (elsewhere / "config" / "config.yaml").write_text(f"paths:\n  archive: {root}\n")
    monkeypatch.chdir(elsewhere)
    verify.main([])
    (row,) = csv.DictReader((elsewhere / "results" / "verify.csv").open())
    assert row["verdict"] == "whole"
    monkeypatch.chdir(root.parent / SPECIMEN)
    with pytest.raises(RecordError, match="name the archive with --archive"):
        verify.main([])


def test_a_folder_that_is_no_archive_is_refused(tmp_path):
    with pytest.raises(RecordError, match=r"no OCFL 1\.1 storage root"):
        verify.main(["--archive", str(tmp_path), "--report", str(tmp_path / "fixity.csv")])


def receipt(folder: Path) -> Path:
    (found,) = next(one for one in folder.parents if one.name == "archive").parent.glob(
        "*/*/archive.json"
    )
    return found


def judged_with_receipts(root: Path, report: Path) -> None:
    asked = ["--archive", str(root), "--report", str(report), "--receipts", str(root.parent)]
    verify.main(asked)


def test_an_object_that_is_gone_without_a_trace_is_missed(folder, root, tmp_path):
    judged_with_receipts(root, tmp_path / "fixity.csv")
    shutil.rmtree(folder.parents[2])
    assert faults(root) == []
    with pytest.raises(RecordError, match="and 1 faults of the root and the receipts"):
        judged_with_receipts(root, tmp_path / "fixity.csv")
    (row,) = csv.DictReader((tmp_path / "fixity.csv").open())
    assert "archive.json: the object that it vouches for is missing" in row["faults"]


def test_an_object_rewritten_with_all_its_digests_is_found(folder, root, tmp_path):
    for place in (folder, folder / "v2"):
        inventory = json.loads((place / "inventory.json").read_text())
        inventory["versions"]["v2"]["user"]["name"] = "Somebody else"
        content = json_bytes(inventory)
        writable(place / "inventory.json").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        writable(place / "inventory.json.sha256").write_text(f"{digest} inventory.json\n")
    assert faults(root) == []
    with pytest.raises(RecordError, match="faults of the root and the receipts"):
        judged_with_receipts(root, tmp_path / "fixity.csv")


def test_every_bit_of_a_receipt_counts(folder, root, tmp_path):
    path = receipt(folder)
    for bit in range(8 * path.stat().st_size):
        flip(path, bit)
        assert fixity.check_receipts(root, root.parent), f"bit {bit}"
        flip(path, bit)
    assert fixity.check_receipts(root, root.parent) == []


def test_a_later_release_still_knows_a_receipt(folder, root, monkeypatch):
    monkeypatch.setattr("records.record.VERSION", "99.0.0")
    assert fixity.check_receipts(root, root.parent) == []


def test_an_object_that_gets_a_version_while_it_is_read_is_no_fault(
    folder, root, tmp_path, monkeypatch
):
    stack = next(tmp_path.glob("*/dorsal"))
    look = fixity._misplaced
    archived = []

    def meanwhile(*about):
        if not archived:
            write_master(stack, 9)
            archived.append(put_in_archive(stack, root))
        return look(*about)

    monkeypatch.setattr(fixity, "_misplaced", meanwhile)
    assert fixity.check_object(root, folder) == fixity.check_object(root, folder)
    assert fixity.check_object(root, folder).version == "v3"
    assert faults(root) == []


@pytest.mark.slow
def test_memory_does_not_grow_with_the_files(tmp_path, demo):
    scripts = Path(verify.__file__).parent
    peaks = []
    for number, size_mb in enumerate((1, 250)):
        work = tmp_path / str(number)
        work.mkdir()
        raw = work / "pcb_001.jpg"
        raw.write_bytes(bytes(size_mb * 1_000_000))
        stack = make_stack(work, [raw])
        root = work / "archive"
        report = ["--archive", root, "--report", work / "fixity.csv"]
        peaks.append(
            [
                peak_mb([scripts / "archive.py", *arguments(stack, root)]),
                peak_mb([scripts / "verify.py", *report]),
            ]
        )
    for small, large in zip(*peaks, strict=True):
        assert large < small + 30


def peak_mb(command: list) -> float:
    """Largest memory of a script's process, as the kernel says at its end."""
    # A step ends its process itself, and has what was asked for called before.
    code = "import atexit, runpy, sys; sys.argv.pop(0); "
    code += "atexit.register(lambda: print(open('/proc/self/status').read())); "
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, command)],
        env=os.environ | {"PYTHONPATH": str(Path(verify.__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(re.search(r"VmHWM:\s+(\d+) kB", run.stdout)[1]) / 1000
