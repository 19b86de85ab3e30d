"""What was changed, damaged or swapped between two steps is refused by the step that reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3
from scipy import ndimage

import align
import archive
import convert
import derive
import fuse
import ledger
import master
import qc
from imaging.frames.tiff import pixel_digest, write_image
from records.errors import RecordError
from records.files import digest_file, sha256_file
from records.known_frames import BLAKE3, HASHES, SHA256

MAPS = ("fused", "depth", "confidence", "source", "energy", "light")
DELIVERED = ("fused", "depth", "confidence", "source")


class Stack:
    """A stack's folder, and its steps as the workflow runs them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, folder / "stack"
        self.master = folder / "archival" / "A-1_top.tif"
        self.workflow = folder.parents[1] / "Snakefile"
        self.web = folder / "derivatives" / "A-1_top_web.jpg"

    def _words(self, *names: str, **more: object) -> list[str]:
        known = {name: self.made / f"{name}.tif" for name in MAPS}
        known |= {name: self.made / f"{name}.json" for name in ("convert", "transforms", "fuse")}
        known |= {"ledger": self.folder / "frames.csv", "raw": self.folder / "raw"}
        chosen = {name: known[name] for name in names} | more
        return [word for name, value in chosen.items() for word in (f"--{name}", str(value))]

    def ledger(self) -> None:
        ledger.main(self._words("raw", out=self.folder / "frames.csv"))

    def convert(self, known_by: str = BLAKE3) -> None:
        places = {"tiff": self.folder / "tiff", "out": self.made / "convert.json"}
        convert.main(self._words("raw", "ledger", **places, **{"known-by": known_by}))

    def align(self) -> None:
        align.main(self._words("convert", out=self.made / "transforms.json"))

    def fuse(self) -> None:
        fuse.main(self._words("transforms", "ledger", *MAPS, out=self.made / "fuse.json"))

    def qc(self) -> None:
        places = {"pictures": self.made / "qc", "out": self.made / "qc.json"}
        qc.main(self._words("transforms", "fuse", "ledger", **places))

    def master_(self) -> None:
        about = {"specimen": "A-1", "view": "top", "crop": "0,0,96,96"}
        places = {"master": self.master, "out": self.master.with_suffix(".json")}
        names = ("fuse", "transforms", "convert", "ledger", "raw", *DELIVERED)
        master.main(self._words(*names, **about, **places))

    def derive(self) -> None:
        record = self.master.with_suffix(".json")
        derive.main(self._words(master=self.master, record=record, out=self.web, format="jpeg"))

    def archive(self) -> None:
        self.workflow.write_text("rule all:\n")
        about = {"stack": self.folder, "specimen": "A-1", "view": "top", "also": self.web}
        about |= {"record": self.master.with_suffix(".json"), "out": self.folder / "archive.json"}
        about |= {"archive": self.folder.parents[1] / "archive", "user": "A. Technician"}
        archive.main(self._words(**about, workflow=self.workflow))

    def run(self, step: str) -> None:
        getattr(self, "master_" if step == "master" else step)()


STEPS = ("ledger", "convert", "align", "fuse", "qc", "master", "derive", "archive")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A stack of three frames, up to its derivative, not archived."""
    stack = Stack(tmp_path_factory.mktemp("whole") / "A-1" / "top")
    rng = np.random.default_rng(3)
    scene = sum(ndimage.gaussian_filter(rng.standard_normal((128, 160)), s) * s for s in (1, 3, 8))
    scene = 0.45 + 0.1 * scene / scene.std()
    (stack.folder / "raw").mkdir(parents=True)
    for k, cut in enumerate(((0, 53), (53, 106), (106, 160))):
        seen = ndimage.gaussian_filter(scene, 2.0)
        seen[:, slice(*cut)] = scene[:, slice(*cut)]
        samples = np.rint(np.clip(seen, 0, 1) * 65535).astype(np.uint16)
        picture = np.repeat(samples[..., None], 3, 2)
        write_image(stack.folder / "raw" / f"f_{k + 1:03d}.tif", picture)
    for step in STEPS[:-1]:
        stack.run(step)
    return stack


@pytest.fixture()
def stack(whole, tmp_path):
    return Stack(Path(shutil.copytree(whole.folder, tmp_path / "A-1" / "top")))


def flip(path: Path, share: float) -> None:
    """Change one bit of a file, at a share of its length."""
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def refused(stack: Stack, step: str, *said: str) -> None:
    """The step stops with these words and makes nothing."""
    before = {path: sha256_file(path) for path in stack.folder.rglob("*") if path.is_file()}
    with pytest.raises(RecordError) as error:
        stack.run(step)
    for words in (*said, "run again"):
        assert words in str(error.value)
    after = {path: sha256_file(path) for path in stack.folder.rglob("*") if path.is_file()}
    assert after == before


def known_by(stack: Stack, name: str) -> None:
    """Have a stack's frames known by a hash."""
    stack.convert(name)
    stack.align()
    for record in ("convert", "transforms"):
        rows = json.loads((stack.made / f"{record}.json").read_text())["frames"]
        assert all(f"pixel_{name}" in row and name in row["head"] for row in rows)


# A place in the header, in the colour profile or the first rows, and in the picture.
PLACES = (0.0005, 0.004, 0.6)


@pytest.mark.parametrize("step", ["align", "fuse"])
@pytest.mark.parametrize("share", PLACES)
@pytest.mark.parametrize("name", HASHES)
def test_a_frame_with_one_bit_changed_is_neither_aligned_nor_fused(stack, step, share, name):
    known_by(stack, name)
    flip(stack.folder / "tiff" / "f_002.tif", share)
    refused(stack, step, "tiff/f_002.tif", "step convert made", f"remove {stack.folder / 'tiff'} ")


@pytest.mark.parametrize("step", ["align", "fuse"])
@pytest.mark.parametrize("name", HASHES)
def test_two_frames_that_changed_places_are_neither_aligned_nor_fused(stack, step, name):
    known_by(stack, name)
    one, other, aside = (stack.folder / "tiff" / name for name in ("f_001.tif", "f_003.tif", "x"))
    one.rename(aside), other.rename(one), aside.rename(other)
    refused(stack, step, "f_001.tif", "swapped")


def test_a_frame_that_is_gone_is_told_by_its_step_or_is_developed_again(stack):
    (stack.folder / "tiff" / "f_002.tif").unlink()
    refused(stack, "align", "f_002.tif", "is missing", "step convert made it")
    before = sha256_file(stack.made / "fused.tif")
    stack.run("fuse")
    assert sha256_file(stack.made / "fused.tif") == before
    # Not by a raw that is another now.
    flip(stack.folder / "raw" / "f_002.tif", 0.6)
    with pytest.raises(RecordError, match=r"again: frame 2 \(f_002.tif\): its bytes changed"):
        stack.run("fuse")


@pytest.mark.parametrize("name", DELIVERED)
@pytest.mark.parametrize("share", PLACES)
def test_a_master_is_not_made_of_a_picture_with_one_bit_changed(stack, name, share):
    flip(stack.made / f"{name}.tif", share)
    refused(stack, "master", f"{name}.tif", "step fuse made")


@pytest.mark.parametrize("name", [name for name in MAPS if name != "depth"])
def test_nor_is_one_checked(stack, name):
    flip(stack.made / f"{name}.tif", 0.5)
    refused(stack, "qc", f"{name}.tif", "step fuse made")


def test_no_barcode_is_looked_for_in_a_fused_image_that_was_changed(stack):
    flip(stack.made / "fused.tif", 0.7)
    refused(stack, "archive", "fused.tif", "step fuse made")


def changed(path: Path) -> None:
    """Change a digit of a JSON record."""
    text = path.read_text()
    at = max(text.rfind(digit) for digit in "12345678")
    path.write_text(text[:at] + str(int(text[at]) + 1) + text[at + 1 :])
    json.loads(path.read_text())


@pytest.mark.parametrize(
    ("record", "step"),
    [
        ("stack/convert.json", "align"),
        ("stack/convert.json", "master"),
        ("stack/convert.json", "archive"),
        ("stack/transforms.json", "fuse"),
        ("stack/transforms.json", "qc"),
        ("stack/transforms.json", "archive"),
        ("stack/fuse.json", "qc"),
        ("stack/fuse.json", "master"),
        ("stack/fuse.json", "archive"),
        ("stack/qc.json", "archive"),
        ("archival/A-1_top.json", "derive"),
        ("archival/A-1_top.json", "archive"),
    ],
)
def test_a_record_in_which_a_digit_was_changed_goes_no_further(stack, record, step):
    changed(stack.folder / record)
    refused(stack, step, record, "was changed since it was made", "remove it")


@pytest.mark.parametrize(
    ("replaced", "by", "step", "said"),
    [
        ("ledger", "--step-um 7", "master", "convert.json: was made from another frames.csv"),
        ("ledger", "--step-um 7", "qc", "fuse.json: was made from another frames.csv"),
        ("convert", "--format jpeg", "archive", "made from another convert.json"),
        ("align", "--model translation", "qc", "fuse.json: was made from another transforms.json"),
        ("align", "--model translation", "archive", "made from another transforms.json"),
        ("fuse", "--power 3", "archive", "qc.json: was made from another fuse.json"),
    ],
)
def test_a_whole_record_of_another_run_in_its_place_goes_no_further(
    stack, whole, tmp_path, replaced, by, step, said
):
    other = Stack(Path(shutil.copytree(whole.folder, tmp_path / "other" / "A-1" / "top")))
    words = other._words
    other._words = lambda *names, **more: words(*names, **more) + by.split()
    other.run(replaced)
    name = {"ledger": "frames.csv", "align": "stack/transforms.json"}.get(
        replaced, f"stack/{replaced}.json"
    )
    shutil.copyfile(other.folder / name, stack.folder / name)
    refused(stack, step, said)


def test_a_ledger_in_which_a_letter_was_changed_is_not_converted(stack):
    frames = stack.folder / "frames.csv"
    frames.write_text(frames.read_text().replace("unknown", "Unknown", 1))
    refused(stack, "convert", "frames.csv: is not what step ledger made")
    stack.ledger()
    stack.convert()


def test_a_derivative_that_was_changed_is_not_archived(stack):
    flip(stack.web, 0.9)
    refused(stack, "archive", "web.jpg: is not what step derive made")
    stack.derive()
    stack.archive()


def test_a_derivative_of_another_master_is_not_archived(stack):
    other = stack.master.with_suffix(".json")
    words = stack._words
    stack._words = lambda *names, **more: words(*names, **more | {"crop": "0,0,64,64"})
    stack.master_()
    stack._words = words
    assert other.is_file()
    refused(stack, "archive", "web.jpg: was made from another A-1_top.tif")


def test_a_ledger_whose_rows_changed_places_goes_no_further(stack):
    frames = stack.folder / "frames.csv"
    head, one, two, *rest = frames.read_text().splitlines()
    swapped = [two.replace("2,", "1,", 1), one.replace("1,", "2,", 1)]
    frames.write_text("\n".join([head, *swapped, *rest]) + "\n")
    refused(stack, "archive", "another frames.csv")
    refused(stack, "master", "made from another frames.csv")


def test_an_untouched_stack_is_archived_and_records_say_what_they_are_of(stack):
    stack.archive()
    fused = json.loads((stack.made / "fuse.json").read_text())
    for name in MAPS:
        path = stack.made / f"{name}.tif"
        assert fused["blake3"][name] == digest_file(path, blake3)
        assert fused["pixel_sha256"][name] == pixel_digest(path)
    assert fused["made_from"]["transforms.json"] == sha256_file(stack.made / "transforms.json")


def test_records_of_before_are_read_by_every_step(stack):
    known_by(stack, SHA256)
    for path in [*stack.made.glob("*.json"), stack.master.with_suffix(".json")]:
        content = json.loads(path.read_text())
        for key in ("record_sha256", "made_from", "sha256", "blake3"):
            if not (key == "sha256" and path == stack.master.with_suffix(".json")):
                content.pop(key, None)
        kind = content["record_format"].partition("/")[0]
        content["record_format"] = f"{kind}/1"
        for frame in content.get("frames", []) if isinstance(content.get("frames"), list) else []:
            if isinstance(frame, dict):
                frame.pop("head", None)
        path.write_text(json.dumps(content))
    for step in STEPS[2:]:
        stack.run(step)
