"""Fuse scenes whose truth is known with Holostack and with other programs; say who comes nearest.

Run from the checkout: ``PYTHONPATH=scripts python tests/benchmarks/quality.py --help``.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import astuple
from pathlib import Path

import cv2
import numpy as np
import oracle
from measure import Score, score
from rim_unmixing import unmixed_stack
from scenes import KINDS, Stack, kept, scene
from unmixing import by_unmixing

from imaging.sampling.geometry import corner_distance
from records.ledger.table import USED, Entry, write_ledger
from records.record import read_record, write_record

SCRIPTS = Path(__file__).parents[2] / "scripts"
OURS = ("holostack", "pyramid", "weighted", "depthmap")
# What the frames hold: see `oracle`.
ORACLES = {"oracle": oracle.by_truth, "oracle by height": oracle.by_height}
# {frames} the files in order, {folder} their folder, {output} the file to write.
PEERS = {
    "focus-stack": "focus-stack --no-opencl --output={output} {frames}",
    "focusweave": "focusweave {folder} --keep-size --output {output}",
    "enfuse": "sh -c 'align_image_stack -m -a {work}/aligned_ {frames} && enfuse "
    "--exposure-weight=0 --saturation-weight=0 --contrast-weight=1 --hard-mask "
    "--output={output} {work}/aligned_*.tif'",
    "openfocus c": "openfocus --input {folder} --output {output} --method openfocus_c "
    "--align openfocus --cpu",
    "openfocus stackmffv3": "openfocus --input {folder} --output {output} --method stackmffv3 "
    "--align openfocus --cpu",
}


def prepare(folder: Path, frames: list[Path], shape: tuple[int, int]) -> None:
    """Write what the steps align and fuse read: `convert.json` and `frames.csv`."""
    stacked = folder / "stack"
    stacked.mkdir(parents=True, exist_ok=True)
    listed = [
        {"frame": k + 1, "file": path.name, "tiff": path.name} for k, path in enumerate(frames)
    ]
    (stacked / "convert.json").write_text(
        json.dumps(
            {
                "folder": str(frames[0].parent.resolve()),
                "frames": listed,
                "width_px": shape[1],
                "height_px": shape[0],
            }
        ),
        encoding="utf-8",
    )
    write_ledger(
        [Entry(k + 1, path.name, USED, sha256="0" * 64) for k, path in enumerate(frames)],
        folder / "frames.csv",
    )


def align_command(folder: Path, threads: int = 2) -> list[str]:
    """The step align on a prepared folder."""
    return [
        sys.executable,
        str(SCRIPTS / "align.py"),
        "--convert",
        f"{folder}/stack/convert.json",
        "--out",
        f"{folder}/stack/transforms.json",
        "--threads",
        str(threads),
    ]


def fuse_command(folder: Path, output: Path, method: str, threads: int = 2) -> list[str]:
    """The step fuse on an aligned folder."""
    stacked = folder / "stack"
    maps = [
        part
        for name in ("depth", "confidence", "source", "energy", "light")
        for part in (f"--{name}", f"{stacked}/{name}.tif")
    ]
    return [
        sys.executable,
        str(SCRIPTS / "fuse.py"),
        "--transforms",
        f"{stacked}/transforms.json",
        "--ledger",
        f"{folder}/frames.csv",
        "--fused",
        str(output),
        *maps,
        "--out",
        f"{stacked}/fuse.json",
        "--method",
        method,
        "--threads",
        str(threads),
    ]


def in_natural_order(frames: list[Path], folder: Path) -> list[Path]:
    """The frames under names whose order no program mistakes: peers may read a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    named = []
    for k, frame in enumerate(frames):
        named.append(folder / f"frame_{k + 1:04d}{frame.suffix}")
        named[-1].hardlink_to(frame)
    return named


def peer_command(template: str, frames: list[Path], output: Path, work: Path) -> list[str]:
    """A peer's command line."""
    filled = {
        "{folder}": str(frames[0].parent),
        "{output}": str(output),
        "{work}": str(work),
        "{frames}": " ".join(str(path) for path in frames),
    }
    parts = []
    for part in shlex.split(template):
        if part == "{frames}":
            parts += [str(path) for path in frames]
            continue
        for name, value in filled.items():
            part = part.replace(name, value)
        parts.append(part)
    return parts


def attempt(command: list[str], output: Path, patience_s: float = 600.0) -> str | None:
    """Run a program; why it failed, None if it did not."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=patience_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode or not output.exists():
        lines = (done.stderr or done.stdout).strip().splitlines()
        return lines[-1][:120] if lines else f"exit {done.returncode}"
    return None


def alignment_error(folder: Path, made: Stack) -> tuple[float, float, float, float]:
    """Mean and largest error of our transforms at the frames' corners, and what is reported, px.

    Measured against the reference frame, whose own place is no matter of alignment; what is
    reported are the largest residual and the largest standard error.
    """
    record = json.loads((folder / "stack/transforms.json").read_text(encoding="utf-8"))
    rows = record["frames"]
    base = made.motions[[row["frame"] for row in rows].index(record["reference"])]
    errors = [
        corner_distance(np.array(row["matrix"]), base @ np.linalg.inv(motion), made.truth.shape[:2])
        for row, motion in zip(rows, made.motions)
    ]
    reported = [max(row[name] for row in rows) for name in ("residual_px", "uncertainty_px")]
    return float(np.mean(errors)), max(errors), reported[0], reported[1]


def give_true_motions(folder: Path, made: Stack) -> None:
    """Let the next step find the scene's own motions in place of those that align found."""
    transforms = folder / "stack/transforms.json"
    record = read_record(transforms, "transforms")
    rows = record["frames"]
    base = made.motions[[row["frame"] for row in rows].index(record["reference"])]
    for row, motion in zip(rows, made.motions, strict=True):
        row["matrix"] = (base @ np.linalg.inv(motion)).tolist()
    write_record(transforms, "transforms", record)


def load(path: Path) -> np.ndarray:
    """A fused picture, RGB."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return np.ascontiguousarray(picture[..., 2::-1])


def crops(pictures: dict[str, np.ndarray], made: Stack, path: Path, side: int = 160) -> None:
    """Side by side at 100 %: the truth and every result, at the two busiest silhouettes."""
    steps = np.abs(np.diff(made.height, axis=1, prepend=made.height[:, :1])) > 2
    busy = cv2.boxFilter(steps.astype(np.float32), -1, (side, side), normalize=True)
    half = side // 2
    busy[: half + 30], busy[-half - 30 :], busy[:, : half + 30], busy[:, -half - 30 :] = 0, 0, 0, 0
    rows = []
    for _ in range(2):
        y, x = np.unravel_index(busy.argmax(), busy.shape)
        cut = np.s_[y - half : y + half, x - half : x + half]
        truth = np.rint(made.truth * 255).astype(np.uint8)[cut]
        rows.append(
            np.hstack(
                [truth]
                + [
                    (picture // 257 if picture.dtype == np.uint16 else picture).astype(np.uint8)[
                        cut
                    ]
                    for picture in pictures.values()
                    if picture.shape == made.truth.shape
                ]
            )
        )
        busy[max(y - side, 0) : y + side, max(x - side, 0) : x + side] = 0
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])


def run_scene(
    kind: str, seed: int, options: argparse.Namespace, work: Path
) -> dict[str, Score | str]:
    """Fuse one scene with every program."""
    shape = options.rows, options.columns
    made, folder, frames = kept(
        options.keep or work, kind, seed, shape, options.frames, options.blur_px, options.uneven
    )
    prepare(folder, frames, made.truth.shape[:2])
    subprocess.run(align_command(folder), check=True, capture_output=True)
    mean, worst, residual, predicted = alignment_error(folder, made)
    print(
        f"\n## {kind}, seed {seed}: corners {mean:.3f} px off, the worst frame {worst:.3f} "
        f"(residuals say {residual:.3f}, a standard error is {predicted:.3f})\n"
    )
    pictures = {name: make(made) for name, make in ORACLES.items()}
    # The highlights' ground lies below what the first frame focuses, from where heights count here.
    if options.unmixing and kind != "highlights":
        before = scene(kind, seed, shape, options.frames)
        pictures["oracle by unmixing"] = by_unmixing(made, before, options.blur_px)
    results: dict[str, Score | str] = {
        name: score(picture, made) for name, picture in pictures.items()
    }
    tasks = {
        f"Holostack {method}": fuse_command(folder, folder / f"{method}.tif", method)
        for method in options.methods
    }
    for name in options.peers:
        output = folder / f"{name.replace(' ', '_')}.tif"
        tasks[name] = peer_command(PEERS[name], frames, output, folder)
    for name, command in tasks.items():
        output = folder / f"{name.removeprefix('Holostack ').replace(' ', '_')}.tif"
        # What a peer made of kept frames it would make again.
        made_before = name in PEERS and output.exists()
        reason = None if made_before else attempt(command, output)
        if reason is None:
            pictures[name] = load(output)
            try:
                results[name] = score(pictures[name], made)
            except cv2.error:
                reason = "result does not match the truth"
        if reason is not None:
            results[name] = reason
    ours = pictures.get("Holostack holostack")
    if options.unmixing and ours is not None:
        for name, strict in (("", False), (" where the veil is seen", True)):
            found = unmixed_stack(folder, ours, strict=strict)
            name = f"Holostack, rims unmixed{name}"
            pictures[name] = ours if found is None else found
            results[name] = score(pictures[name], made)
    if options.true_motions:
        # After all else that reads what align found, which is found anew in each run.
        give_true_motions(folder, made)
        output, name = folder / "true_motions.tif", "Holostack, true motions"
        reason = attempt(fuse_command(folder, output, "holostack"), output)
        if reason is None:
            pictures[name] = load(output)
        results[name] = score(pictures[name], made) if reason is None else reason
    print(HEAD)
    for name, found in results.items():
        print(row(name, found), flush=True)
    if options.crops:
        options.crops.mkdir(parents=True, exist_ok=True)
        crops(pictures, made, options.crops / f"{kind}-{seed}.png")
        print("\ncrops, left to right: truth, " + ", ".join(pictures))
    return results


HEAD = (
    "| program | PSNR dB | SSIM | silhouettes dB | bristles dB | noise ratio | "
    "to the edge dB | to the edge SSIM | border band dB |\n" + "|---" * 9 + "|"
)


def row(name: str, found: Score | str) -> str:
    """A line of the table."""
    if isinstance(found, str):
        return f"| {name} | failed: {found}{' |' * 8}"
    return (
        f"| {name} | {found.psnr:.2f} | {found.ssim:.4f} | {found.silhouettes:.2f} | "
        f"{found.bristles:.2f} | {found.noise:.2f} | {found.whole:.2f} | "
        f"{found.whole_ssim:.4f} | {found.band:.2f} |"
    )


def main(argv: list[str]) -> None:
    """Print a table for every scene and one of means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument(
        "--seeds",
        nargs="+",
        type=int,
        default=[101],
        help="the engine was tuned on 1 to 9; report on others",
    )
    parser.add_argument("--methods", nargs="+", choices=OURS, default=list(OURS))
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--rows", type=int, default=480)
    parser.add_argument("--columns", type=int, default=640)
    parser.add_argument("--frames", type=int, default=14)
    parser.add_argument("--blur-px", type=float, default=1.1, help="radius of blur per frame")
    parser.add_argument("--uneven", action="store_true", help="the rail's steps differ: see rails")
    parser.add_argument("--crops", type=Path, help="folder for crops at 100 %%")
    parser.add_argument(
        "--unmixing",
        action="store_true",
        help="also what the frames would hold without the blur of near things over others, and "
        "what a program has that takes it off by the depth map",
    )
    parser.add_argument(
        "--true-motions",
        action="store_true",
        help="also what fusing makes where every frame's place is known: what registration costs",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="folder that keeps scenes and peers' results, for the next run",
    )
    options = parser.parse_args(argv)
    everything: dict[str, list[Score]] = {}
    with tempfile.TemporaryDirectory() as work:
        for seed in options.seeds:
            for kind in options.scenes:
                for name, found in run_scene(kind, seed, options, Path(work)).items():
                    if isinstance(found, Score):
                        everything.setdefault(name, []).append(found)
    print(f"\n## mean\n\n{HEAD}")
    for name, found in everything.items():
        columns = np.array([astuple(one) for one in found])
        print(row(f"{name} ({len(found)} scenes)", Score(*np.nanmean(columns, 0))))


if __name__ == "__main__":
    main(sys.argv[1:])
