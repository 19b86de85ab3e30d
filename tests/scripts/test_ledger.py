"""The ledger step on real folders: good stacks pass, all others are refused with the reason."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

import ledger
from imaging.frames.inspection import inspect
from records.errors import RecordError
from records.ledger.table import read_ledger

EXIF_IFD = 0x8769
RAW_SET = "raw-derived-pcb"


def folder_of(tmp_path, *files):
    """A raw folder with copies of some files."""
    raw = tmp_path / "raw"
    raw.mkdir(exist_ok=True)
    for path in files:
        shutil.copyfile(path, raw / path.name)
    return raw


def dngs(shared_data, count=3):
    return [shared_data / RAW_SET / f"pcb_{k:03d}.dng" for k in range(1, count + 1)]


def account(raw, tmp_path, *options):
    """Run the step and give the rows of its ledger."""
    out = tmp_path / "frames.csv"
    ledger.main(["--raw", str(raw), "--out", str(out), *map(str, options)])
    return read_ledger(out)


def refusal(raw, tmp_path, *options):
    """Run the step on what it must refuse; its message and the rows that it leaves."""
    out = tmp_path / "frames.csv"
    with pytest.raises(RecordError) as error:
        ledger.main(["--raw", str(raw), "--out", str(out), *map(str, options)])
    assert not out.exists()
    return str(error.value), read_ledger(tmp_path / "frames.refused.csv")


def exposed(path, seed, **tags):
    """A photograph with Exif of its own."""
    codes = {"iso": 34855, "exposure": 33434, "aperture": 33437, "white_balance": 41987}
    exif = Image.Exif()
    exif[271], exif[272] = "Canon", "Canon EOS R5"
    facts = {
        "iso": 100,
        "exposure": IFDRational(1, 100),
        "aperture": IFDRational(8),
        "white_balance": 1,
    } | tags
    exif.get_ifd(EXIF_IFD).update({codes[name]: value for name, value in facts.items()})
    Image.effect_noise((64, 48), 40 + seed).save(path, "JPEG", exif=exif)


@pytest.mark.parametrize(
    ("name", "frames", "camera"),
    [
        ("stack-pcb-usb", 7, "MAKER NAME 96650"),
        ("stack-amber-flies", 9, None),
        ("stack-amber-midge-jpg", 6, "Canon EOS 5D Mark II"),
        ("stack-beetle-flicker", 10, "NIKON D3300"),
        ("stack-algae", 5, None),
        ("stack-keyboard-32", 32, None),
        ("stack-ring", 6, None),
        ("raw-derived-pcb", 7, "DerivedCam RGGB14"),
    ],
)
def test_good_stacks_pass(shared_data, tmp_path, name, frames, camera):
    rows = account(shared_data / name, tmp_path, "--threads", 2)
    used = [row for row in rows if row.status == "used"]
    assert [row.frame for row in used] == list(range(1, frames + 1))
    assert {row.camera for row in used} == {camera}
    for row in rows:
        path = shared_data / name / row.file
        assert row.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert row.bytes == path.stat().st_size


def test_every_fact_of_a_raw_frame(shared_data, tmp_path):
    rows = account(shared_data / RAW_SET, tmp_path, "--step-um", 12.5)
    third = rows[2]
    assert (third.frame, third.file, third.status, third.reason) == (3, "pcb_003.dng", "used", None)
    assert (third.format, third.width_px, third.height_px) == ("dng", 2048, 1536)
    assert (third.orientation, third.camera, third.lens) == (1, "DerivedCam RGGB14", None)
    assert (third.aperture_f, third.iso, third.exposure_s) == (4.0, 200, 1 / 60)
    assert third.white_balance == "2.0000 1.0000 1.6000"
    assert (third.taken_at, third.focus_um) == ("2019-10-01T12:00:02", 25.0)
    assert rows[7].file == "make_cfa_dng.py"
    assert (rows[7].status, rows[7].reason) == ("rejected", "stray file: not a picture")


@pytest.mark.slow
def test_a_stack_of_automatic_exposure_needs_a_tolerance(shared_data, tmp_path):
    button = shared_data / "stack-pcb-button"
    message, _ = refusal(button, tmp_path)
    assert "shutter differs: " in message
    assert "1/134 s in 4 frames" in message
    assert "1/142 s in frame 1 (pcb_000.JPG)" in message
    assert "ledger.allow_differences: [exposure]" in message
    rows = account(button, tmp_path, "--exposure-tolerance", 0.1)
    assert all(row.status == "used" for row in rows)
    assert not (tmp_path / "frames.refused.csv").exists()
    # What was tolerated is named; what may differ is not compared.
    assert any("within ledger.exposure_tolerance" in (row.reason or "") for row in rows)
    assert account(button, tmp_path, "--allow-differences", "exposure") == [
        replace(row, reason=None) for row in rows
    ]


@pytest.mark.slow
def test_an_automatic_electronic_shutter_that_moves_by_some_lines_needs_none(shared_data, tmp_path):
    rows = account(shared_data / "stack-sphere-rpi", tmp_path)
    assert all(row.status == "used" for row in rows)
    assert rows[9].reason == (
        "shutter 0.1076 s, where most frames have 0.1064 s: taken as equal, within "
        "ledger.exposure_tolerance"
    )


def test_broken_raws_are_each_refused_with_their_reason(shared_data, tmp_path):
    message, rows = refusal(shared_data / "raw-broken", tmp_path)
    assert "4 reasons to refuse this stack" in message
    reasons = {row.file: row.reason for row in rows}
    assert all(f"{name}: {reason}" in message for name, reason in reasons.items())
    assert "JPEG XL" in reasons["02_jxl_linear_raw_float.dng"]
    assert reasons["Canon-R6-pruned.CR3"].startswith("truncated: LibRaw")
    assert "all black" in reasons["iphone12pro_headeronly_decodes_black.dng"]
    assert reasons["issue247-1.nef"].startswith(
        "no raw, whatever its name says, but a JPEG picture of 2000 x 3008 px"
    )
    cameras = {row.file: row.camera for row in rows}
    assert cameras["Canon-R6-pruned.CR3"] == "Canon EOS R6"


def test_broken_raws_among_good_ones_are_rejected_on_request(shared_data, tmp_path):
    broken = sorted((shared_data / "raw-broken").iterdir())
    raw = folder_of(tmp_path, *dngs(shared_data), *broken)
    rows = account(raw, tmp_path, "--unreadable", "reject")
    assert [row.file for row in rows if row.status == "used"] == [
        "pcb_001.dng", "pcb_002.dng", "pcb_003.dng",
    ]  # fmt: skip
    assert len(rows) == 7


def test_unrelated_frames_differ_in_lens_aperture_and_shutter(shared_data, tmp_path):
    message, rows = refusal(shared_data / "negative-unrelated-frames", tmp_path)
    assert "lens differs: FE 16-35mm F2.8 GM II in 2 frames" in message
    assert "aperture differs: f/11 in 2 frames such as 1 (misaligned1.jpg), but f/16" in message
    assert "shutter differs: 1/200 s in 2 frames such as 2 (misaligned2.jpg), but 1/160" in message
    assert len(rows) == 3


def test_the_raws_of_seven_cameras_are_no_stack(shared_data, tmp_path):
    message, _ = refusal(shared_data / "raw", tmp_path)
    for name in ("camera", "pixel size", "aperture", "ISO", "shutter", "white balance"):
        assert f"\n  - {name} differs: " in message
    assert "sony_a7rm4_lossy_linear_3000x2000.dng: LibRaw opens this lossy DNG but" in message


def test_gaps_of_the_beetle_are_warned_of(shared_data, tmp_path, capsys):
    account(shared_data / "stack-beetle-flicker", tmp_path)
    told = capsys.readouterr().err
    assert "warning: gap in the numbering: DSC_0357, DSC_0364 missing" in told
    assert told.endswith(
        "10 frames used, 0 rejected; unknown: the frames' files name no lens or aperture, so "
        "nothing was compared there\n"
    )


def test_jpeg_in_png_names_is_told_and_used(shared_data, tmp_path, capsys):
    rows = account(shared_data / "stack-algae", tmp_path)
    assert {row.format for row in rows} == {"jpeg"}
    assert "5 files such as img_1.png hold JPEG" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"iso": 200}, "ISO differs: ISO 100 in 3 frames such as 1 (f1.jpg), but ISO 200 in frame"),
        (
            {"exposure": IFDRational(1, 50)},
            "shutter differs: 1/100 s in 3 frames such as 1 (f1.jpg), but 1/50 s",
        ),
        (
            {"aperture": IFDRational(56, 10)},
            "aperture differs: f/8 in 3 frames such as 1 (f1.jpg), but f/5.6 in",
        ),
        ({"white_balance": 0}, "white balance differs: manual in 3 frames such as 1 (f1.jpg), but"),
    ],
)
def test_one_frame_exposed_otherwise(tmp_path, tags, words):
    raw = folder_of(tmp_path)
    for k in range(1, 5):
        exposed(raw / f"f{k}.jpg", k, **(tags if k == 3 else {}))
    message, rows = refusal(raw, tmp_path)
    assert words in message
    assert "frame 3 (f3.jpg)" in message
    assert [row.file for row in rows if row.status == "rejected"] == ["f3.jpg"]


def test_one_frame_of_another_size(tmp_path):
    raw = folder_of(tmp_path)
    for k in range(1, 4):
        exposed(raw / f"f{k}.jpg", k)
    Image.effect_noise((80, 48), 50).save(raw / "f2.jpg")
    message, _ = refusal(raw, tmp_path)
    assert "pixel size differs: 64 x 48 px in 2 frames" in message
    assert "but 80 x 48 px in frame 2 (f2.jpg)" in message


def test_everything_else_in_the_folder_is_accounted_for(shared_data, tmp_path, capsys):
    raw = folder_of(tmp_path, *dngs(shared_data))
    (raw / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0" * 20)
    (raw / "notes.txt").write_text("beetle, dorsal")
    (raw / "pcb_001.xmp").write_text("<x:xmpmeta/>")
    (raw / "Icon\r").touch()
    (raw / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    shutil.copyfile(raw / "pcb_001.dng", raw / "pcb_001 copy.dng")
    shutil.copyfile(shared_data / "stack-pcb-usb" / "pcb_002.jpg", raw / "PCB_002.JPG")
    (raw / "rejects").mkdir()
    shutil.copyfile(raw / "pcb_001.dng", raw / "rejects" / "pcb_009.dng")
    (raw / "empty").mkdir()
    (raw / "lost.dng").symlink_to(tmp_path / "nowhere.dng")
    rows = account(raw, tmp_path)
    assert [row.file for row in rows[:3]] == ["pcb_001.dng", "pcb_002.dng", "pcb_003.dng"]
    assert {row.file: row.reason for row in rows[3:]} == {
        "PCB_002.JPG": "camera JPEG beside its raw pcb_002.dng",
        "pcb_001 copy.dng": "duplicate: the same bytes as pcb_001.dng",
        ".DS_Store": "hidden file",
        "Thumbs.db": "stray file: not a picture",
        "Icon\r": "stray file: not a picture",
        "notes.txt": "stray file: not a picture",
        "pcb_001.xmp": "stray file: not a picture",
        "rejects/pcb_009.dng": "in the sub-folder rejects; frames lie directly in raw/",
        "empty/": "a folder; frames lie directly in raw/",
        "lost.dng": "neither a file nor a link to one; frames lie directly in raw/",
    }
    assert "3 frames used, 10 rejected: " in capsys.readouterr().err


def test_truncated_frames_of_every_kind_are_named(shared_data, tmp_path):
    good = dngs(shared_data)
    raw = folder_of(tmp_path, *good)
    whole = good[1].read_bytes()
    (raw / "pcb_002.dng").write_bytes(whole[: len(whole) // 2])
    (raw / "pcb_004.dng").touch()
    message, _ = refusal(raw, tmp_path)
    assert "pcb_002.dng: truncated: the picture ends at byte 6292112" in message
    assert "pcb_004.dng: the file is empty (0 bytes)" in message


def test_names_that_records_cannot_hold_are_refused(shared_data, tmp_path):
    raw = folder_of(tmp_path, *dngs(shared_data))
    odd = os.fsencode(raw) + b"/pcb_\xe4.dng"
    shutil.copyfile(raw / "pcb_001.dng", odd)
    message, _ = refusal(raw, tmp_path)
    assert r"pcb_\xe4.dng: its name has control characters or is not UTF-8; rename it" in message


def test_a_session_gives_order_and_focus(shared_data, tmp_path):
    raw = folder_of(tmp_path, *dngs(shared_data))
    capture = tmp_path / "capture.json"
    names = ["pcb_003.dng", "pcb_002.dng", "pcb_001.dng"]
    digests = {name: hashlib.sha256((raw / name).read_bytes()).hexdigest() for name in names}
    frames = [
        {"file": name, "sha256": digests[name], "asked_um": 10.0 * k, "reported_um": 10.0 * k + 0.5}
        for k, name in enumerate(names)
    ]
    capture.write_text(json.dumps({"frames": frames}))
    rows = account(raw, tmp_path, "--capture", capture)
    assert [(row.file, row.focus_um) for row in rows] == [
        ("pcb_003.dng", 0.5), ("pcb_002.dng", 10.5), ("pcb_001.dng", 20.5),
    ]  # fmt: skip
    frames[1]["sha256"] = "0" * 64
    capture.write_text(json.dumps({"frames": frames}))
    (tmp_path / "frames.csv").unlink()
    message, _ = refusal(raw, tmp_path, "--capture", capture)
    assert "pcb_002.dng: its bytes are not those that were captured" in message


def test_order_positions_and_excluded_frames_as_a_command(shared_data, tmp_path, capsys):
    raw = folder_of(tmp_path, *dngs(shared_data, 4))
    listed = tmp_path / "positions.csv"
    listed.write_text("file,position_um\n" + "".join(f"pcb_00{k}.dng,{k}.5\n" for k in (4, 3, 1)))
    said = ("--positions", listed, "--exclude", "pcb_002", "--exclude-reason", "blurred")
    rows = account(raw, tmp_path, *said, "--direction", "away")
    assert [(row.file, row.focus_um, row.ordered_by, row.reason) for row in rows] == [
        ("pcb_004.dng", 4.5, "listed", None),
        ("pcb_003.dng", 3.5, "listed", None),
        ("pcb_001.dng", 1.5, "listed", None),
        ("pcb_002.dng", None, None, "excluded in the sheet: blurred (frame 4 of 4)"),
    ]
    assert "3 frames used in the order of the list, 1 rejected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--order", "listed"), "order: listed needs the list: name its file"),
        (("--exclude", "3"), "exclude_reason: is empty, but must be filled where exclude is"),
        (("--positions", "no.csv"), "no such list of positions"),
        (("--capture", "capture.json", "--order", "time"), "a captured stack has its order"),
        (("--positions", "p.csv", "--step-um", "5"), "both say where the frames are"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw").mkdir()
    (tmp_path / "p.csv").write_text("file,position_um\na.jpg,5\n")
    with pytest.raises(RecordError, match=words):
        ledger.main(["--raw", "raw", "--out", "frames.csv", *options])


def test_a_refused_stack_leaves_an_older_ledger_alone(shared_data, tmp_path):
    raw = folder_of(tmp_path, *dngs(shared_data))
    account(raw, tmp_path)
    before = (tmp_path / "frames.csv").read_bytes()
    (raw / "pcb_002.dng").write_bytes(b"II*\0")
    with pytest.raises(RecordError):
        account(raw, tmp_path)
    assert (tmp_path / "frames.csv").read_bytes() == before


def test_the_number_of_threads_changes_nothing(shared_data, tmp_path):
    account(shared_data / "stack-ring", tmp_path, "--threads", 1)
    first = (tmp_path / "frames.csv").read_bytes()
    account(shared_data / "stack-ring", tmp_path, "--threads", 4)
    assert (tmp_path / "frames.csv").read_bytes() == first


def test_empty_and_missing_folders(tmp_path):
    message, rows = refusal(folder_of(tmp_path), tmp_path)
    assert "the folder is empty; put the stack's raws there" in message
    assert rows == []
    with pytest.raises(RecordError, match="no such folder; put the stack's raws there"):
        account(tmp_path / "nothing", tmp_path)


def test_what_may_differ_is_checked(tmp_path):
    with pytest.raises(RecordError, match="is 'colour', but must be one of format, camera, lens"):
        account(tmp_path, tmp_path, "--allow-differences", "iso,colour")


@pytest.mark.slow
def test_as_a_command_no_file_of_the_folder_is_opened_for_writing(shared_data, tmp_path):
    raw = folder_of(tmp_path, *dngs(shared_data), shared_data / "raw-broken" / "issue247-1.nef")
    watch = tmp_path / "sitecustomize.py"
    watch.write_text(
        "import os, sys\n"
        "def hook(event, args):\n"
        "    if event == 'open' and '/raw/' in str(args[0]):\n"
        "        writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC\n"
        "        assert not (args[2] or 0) & writing, args\n"
        "    assert not (event in ('os.remove', 'os.rename', 'os.truncate', 'os.chmod')\n"
        "                and '/raw/' in str(args[0])), (event, args)\n"
        "sys.addaudithook(hook)\n"
    )
    before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
    script = Path(ledger.__file__)
    command = [sys.executable, script, "--raw", raw, "--out", tmp_path / "frames.csv"]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        f"error: {raw}: issue247-1.nef: no raw, whatever its name says"
    )
    assert "Traceback" not in done.stderr
    assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == before


def test_exif_behind_a_long_xmp_is_compared(tmp_path):
    """The facts of a frame count wherever in its file they stand."""
    raw = folder_of(tmp_path)
    for seed, iso in enumerate((200, 200, 200, 6400)):
        path = raw / f"PXL_{seed}.jpg"
        exposed(path, seed, iso=iso)
        whole, xmp = path.read_bytes(), b"http://ns.adobe.com/xap/1.0/\0" + b" " * 9000
        path.write_bytes(
            whole[:2] + b"\xff\xe1" + (len(xmp) + 2).to_bytes(2, "big") + xmp + whole[2:]
        )
    message, _ = refusal(raw, tmp_path)
    assert "ISO differs: ISO 200 in 3 frames such as 1 (PXL_0.jpg), but ISO 6400 in frame 4" in (
        message
    )


def test_what_was_not_compared_is_told_once_in_one_sentence(tmp_path, capsys):
    raw = folder_of(tmp_path)
    for k in range(3):
        Image.effect_noise((64, 48), 20 + k).convert("RGB").save(raw / f"{k}.png")
    account(raw, tmp_path)
    assert capsys.readouterr().err.count("unknown") == 1
    account(raw, tmp_path)
    assert capsys.readouterr().err.endswith(
        "3 frames used, 0 rejected; unknown: the frames' files name no camera, lens, aperture, "
        "ISO, shutter, white balance or time, so nothing was compared there\n"
    )


def test_what_is_doubtful_of_a_frame_is_a_warning_and_damage_is_refused(tmp_path, capsys):
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in (1, 2, 3):
        Image.effect_noise((64, 48), 40 + number).save(raw / f"IMG_{number}.png")
    content = (raw / "IMG_2.png").read_bytes()
    (raw / "IMG_2.png").write_bytes(content[:-12])
    assert len(account(raw, tmp_path)) == 3
    said = capsys.readouterr().err.splitlines()
    assert "warning: IMG_2.png: its end mark is missing, though its picture is whole" in said
    (raw / "IMG_3.png").write_bytes(content[:1024] + bytes(len(content) - 1024))
    (tmp_path / "frames.csv").unlink()
    message, _ = refusal(raw, tmp_path)
    assert "IMG_3.png: truncated or damaged PNG" in message
    assert "from byte 1,024 on the file holds only zeros" in message


def test_what_libraw_complains_of_is_told_of_its_frame(tmp_path, capsys, monkeypatch):
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in (1, 2):
        exposed(raw / f"IMG_{number}.jpg", number)

    def complaining(path, look):
        if path.name == "IMG_1.jpg":
            os.write(2, f"{path}: data corrupted at 4711\n".encode())
        return inspect(path)

    monkeypatch.setattr(ledger, "inspect", complaining)
    account(raw, tmp_path)
    said = capsys.readouterr().err
    assert "warning: IMG_1.jpg: LibRaw says of it: data corrupted at 4711; look at" in said
    # Should a decoder bring the program down, the log says at which file.
    assert said.index("reading IMG_1.jpg") < said.index("reading IMG_2.jpg")


def test_a_refused_stack_is_not_read_again_until_something_changes(
    demo, tmp_path, monkeypatch, capsys
):
    raw = folder_of(tmp_path, *(demo / "pcb-jpeg" / f"pcb_00{k}.jpg" for k in (1, 2, 3)))
    whole = (raw / "pcb_002.jpg").read_bytes()
    (raw / "pcb_002.jpg").write_bytes(whole[: len(whole) // 2])
    why, _ = refusal(raw, tmp_path)
    assert "pcb_002.jpg" in why

    def read(*_, **__):
        raise AssertionError("a frame is read")

    with monkeypatch.context() as unreadable:
        unreadable.setattr(ledger, "look", read)
        assert refusal(raw, tmp_path)[0] == why
        assert "no frame is read again" in capsys.readouterr().err
        # Another setting, another list, a touched frame: each may change the verdict.
        for change in (("--unreadable", "reject"), ("--step-um", "5")):
            with pytest.raises(AssertionError, match="a frame is read"):
                refusal(raw, tmp_path, *change)
        os.utime(raw / "pcb_001.jpg")
        with pytest.raises(AssertionError, match="a frame is read"):
            refusal(raw, tmp_path)
    # Put right in place, under the same name.
    (raw / "pcb_002.jpg").write_bytes(whole)
    assert [entry.status for entry in account(raw, tmp_path)] == ["used"] * 3
    assert not list(tmp_path.glob("*refused*")) and not list(tmp_path.glob(".refused*"))
