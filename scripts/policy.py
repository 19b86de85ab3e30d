"""Check masters tag by tag against the rules of SLUB, FADGI and Metamorfoze.

Where these contradict each other, or a rule cannot apply, --waive names the rule; it then stands
in the report as waived.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

from records import ocfl, policy
from records.errors import RecordError
from records.files import replacing
from records.places import refuse_outputs
from step import progress, run


def main(argv: list[str]) -> None:
    """Check masters; end in an error if any rule is broken that was not waived."""
    asked = _arguments().parse_args(argv)
    refuse_outputs(asked, "report")
    masters = [*asked.masters, *(_archived(asked.archive) if asked.archive else ())]
    if not masters:
        raise RecordError("no master to check; name masters, or an archive that holds some")
    rows = []
    broken = []
    for master in masters:
        for result in policy.check_master(master, asked.profile, asked.waive):
            rule = result.rule
            rows.append(
                {
                    "master": str(master),
                    "rule": rule.name,
                    "profiles": " ".join(_asked_by(rule, asked.profile)),
                    "tag": rule.tag,
                    "demand": rule.demand,
                    "verdict": result.verdict,
                }
            )
            if result.verdict == "fail":
                broken.append(master)
                who = ", ".join(_asked_by(rule, asked.profile))
                progress(
                    f"warning: {master.name} fails {rule.name} ({who}): {rule.tag} must be "
                    f"{rule.demand}"
                )
    if asked.report:
        with replacing(asked.report) as partial, partial.open("w", newline="") as opened:
            table = csv.DictWriter(opened, rows[0], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    waived = sum(row["verdict"] == "waived" for row in rows)
    progress(
        f"{len(masters)} masters, {len(rows)} rules checked, {len(broken)} broken, {waived} waived"
    )
    if broken:
        raise RecordError(
            f"{len(set(broken))} of {len(masters)} masters break rules of "
            f"{', '.join(asked.profile)}, {broken[0].name} first"
            + (f"; each is told in {asked.report}" if asked.report else "")
            + "; waive a rule by its name where it cannot apply"
        )


def _asked_by(rule: policy.Rule, profiles: list[str]) -> list[str]:
    return [name for name in rule.profiles if name in profiles]


def _archived(root: Path) -> Iterator[Path]:
    """Masters of the newest versions in an archive."""
    for folder in ocfl.object_folders(root):
        inventory = ocfl.read_inventory(folder)
        for path, digest in inventory.state().items():
            if path.startswith("archival/") and path.endswith(".tif"):
                yield folder / inventory.content_path(digest)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("masters", type=Path, nargs="*", metavar="MASTER")
    parser.add_argument("--archive", type=Path, help="check the newest masters of an archive")
    parser.add_argument(
        "--profile",
        type=_names,
        required=True,
        metavar="NAMES",
        help=f"by commas, of {', '.join(policy.PROFILES)}",
    )
    parser.add_argument(
        "--waive",
        type=_names,
        default=[],
        metavar="RULES",
        help=f"by commas, of {', '.join(rule.name for rule in policy.RULES)}",
    )
    parser.add_argument("--report", type=Path, help="CSV, one row per master and rule")
    return parser


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


if __name__ == "__main__":
    run(main)
