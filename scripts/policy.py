"""Check masters tag by tag against the rules of SLUB, FADGI and Metamorfoze."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from records import policy
from records.errors import RecordError
from step import progress, replacing, run


def main(argv: list[str]) -> None:
    """Check masters; end in an error if any rule is broken that was not waived."""
    asked = _arguments().parse_args(argv)
    rows = []
    broken = []
    for master in asked.masters:
        for result in policy.check_master(master, asked.profile, asked.waive):
            rule = result.rule
            rows.append(
                {
                    "master": str(master),
                    "rule": rule.name,
                    "profiles": " ".join(rule.profiles),
                    "tag": rule.tag,
                    "demand": rule.demand,
                    "verdict": result.verdict,
                }
            )
            if result.verdict == "fail":
                broken.append(master)
                progress(f"{master.name}: fails {rule.name}: {rule.tag} must be {rule.demand}")
    if asked.report:
        with replacing(asked.report) as partial, partial.open("w", newline="") as opened:
            table = csv.DictWriter(opened, rows[0], lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    progress(f"{len(asked.masters)} masters, {len(rows)} rules checked, {len(broken)} broken")
    if broken:
        raise RecordError(
            f"{len(set(broken))} of {len(asked.masters)} masters break rules of "
            f"{', '.join(asked.profile)}, {broken[0]} first; --waive RULE where a rule cannot apply"
        )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("masters", type=Path, nargs="+", metavar="MASTER")
    parser.add_argument("--profile", nargs="+", choices=policy.PROFILES, required=True)
    parser.add_argument("--waive", nargs="*", default=[], metavar="RULE")
    parser.add_argument("--report", type=Path, help="CSV, one row per master and rule")
    return parser


if __name__ == "__main__":
    run(main)
