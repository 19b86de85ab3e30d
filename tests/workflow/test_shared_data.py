"""Every stack of the further data goes through, or is refused with its true reason.

`stack-pcb-usb` is in the default run, where it is DEMO-PCB-JPEG.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from developed import develop_again
from imaging.frames import tiff
from tests.workflow.conftest import Tree

COLUMNS = "specimen,view,source,ledger.exposure_tolerance,ledger.allow_differences,shared_source"
GOOD = {
    "algae": 5,
    "amber-flies": 9,
    "amber-midge-jpg": 6,
    "beetle-flicker": 10,
    "keyboard-32": 32,
    "pcb-button": 10,
    "ring": 6,
    "sphere-rpi": 12,
}
# The camera chose the shutter itself, frame by frame, in steps of a twelfth of a stop.
VARYING_SHUTTER = "pcb-button"
# Of these the middle is taken, so much of each side: of 20 MP, or many frames of 2 and 3, the whole
# takes as long as all else. Whole frames of 3 MP are in the default run.
MIDDLE = {"algae": 1 / 4, "pcb-button": 1 / 2, "sphere-rpi": 1 / 2}


def middle(frames: Path, part: float, folder: Path) -> Path:
    """The middle of frames, with what their camera says of them."""
    folder.mkdir()
    for path in frames.iterdir():
        with Image.open(path) as picture:
            width, height = (round(side * part) for side in picture.size)
            left, top = (picture.width - width) // 2, (picture.height - height) // 2
            cut = picture.crop((left, top, left + width, top + height))
            # Some are JPEG that call themselves PNG, and stay it.
            cut.save(
                folder / path.name, picture.format, quality=95, exif=picture.info.get("exif", b"")
            )
    return folder


@pytest.fixture(scope="module")
def worked(tmp_path_factory, shared_data) -> tuple[Tree, str]:
    tree = Tree(tmp_path_factory.mktemp("all"))
    sources = {name: shared_data / f"stack-{name}" for name in GOOD}
    for name, part in MIDDLE.items():
        sources[name] = middle(sources[name], part, tree.folder / name)
    rows = [
        f"{name},top,{source},{'0.1' if name == VARYING_SHUTTER else ''},,"
        for name, source in sources.items()
    ]
    rows += [
        f"raws,top,{shared_data / 'raw-derived-pcb'},,,",
        f"broken,top,{shared_data / 'raw-broken'},,,",
        f'unrelated,top,{shared_data / "negative-unrelated-frames"},,"[lens, aperture, exposure]",',
        f"varying,top,{shared_data / 'stack-pcb-button'},,,without the tolerance",
    ]
    tree.write_sheet(*rows, columns=COLUMNS)
    # Masters are compared with the frames that they are made of.
    (tree.folder / "config" / "config.yaml").write_text("convert: {keep: true}\n")
    run = tree.snakemake("masters")
    return tree, run.stdout + run.stderr


@pytest.mark.parametrize("name", [*GOOD, "raws"])
def test_good_stacks_end_in_a_master_of_all_their_frames(worked, name):
    record = worked[0].stack(name) / "archival" / f"{name}_top.json"
    assert json.loads(record.read_text())["frames"] == GOOD.get(name, 7)


@pytest.mark.parametrize("name", [*GOOD, "pcb-usb"])
def test_the_fused_image_is_at_least_as_sharp_as_any_frame(worked, default_run, tmp_path, name):
    demo = default_run.stack("DEMO-PCB-JPEG", "oblique")
    stack = demo if name == "pcb-usb" else worked[0].stack(name)
    frames_folder = stack / "tiff"
    if not frames_folder.exists():
        # As the default is, its frames were gone once it was archived.
        frames_folder = tmp_path
        develop_again(stack, range(1, 8), frames_folder)
    fused = tiff.read_image(stack / "stack" / "fused.tif")[..., 1].astype(np.float32)

    def detail(pixels):
        # Noise, of which the fused image has less, shall not count, nor a brighter flash.
        smooth = cv2.GaussianBlur(pixels, (0, 0), 0.7)
        return np.abs(np.diff(smooth, axis=1)).mean() / smooth.mean()

    frames = [
        detail(tiff.read_image(path)[..., 1].astype(np.float32))
        for path in sorted(frames_folder.glob("*.tif"))
    ]
    assert detail(fused) > max(frames)


def test_flicker_of_a_third_is_evened_out(worked):
    transforms = json.loads(
        (worked[0].stack("beetle-flicker") / "stack" / "transforms.json").read_text()
    )
    gains = np.array([frame["gain"][1] for frame in transforms["frames"]])
    assert gains.max() / gains.min() > 1.3


def test_a_change_of_magnification_by_a_sixth_is_followed(worked):
    transforms = json.loads(
        (worked[0].stack("pcb-button") / "stack" / "transforms.json").read_text()
    )
    first, last = (np.array(transforms["frames"][k]["matrix"]) for k in (0, -1))
    scale = np.sqrt(np.linalg.det(np.linalg.inv(last) @ first))
    assert max(scale, 1 / scale) == pytest.approx(1.16, abs=0.02)


@pytest.mark.parametrize(
    ("name", "step", "words"),
    [
        (
            "broken",
            "ledger",
            ["Canon-R6-pruned.CR3: truncated", "JPEG XL", "decode as all black", "issue247-1.nef"],
        ),
        (
            "unrelated",
            "align",
            ["do not show the same scene", "misaligned1.jpg", "misaligned2.jpg", "misaligned3.jpg"],
        ),
        ("varying", "ledger", ["shutter", "pcb_000.JPG"]),
    ],
)
def test_bad_stacks_are_refused_with_their_true_reason(worked, name, step, words):
    closing = worked[1][worked[1].index("Stopped, with the reason:") :]
    reason = closing[closing.index(f"{name} top, {step}:") :]
    for word in words:
        assert word in reason
