"""Check masters tag by tag against the rules of SLUB, FADGI and Metamorfoze.

Where these contradict each other, or a rule cannot apply, --waive names the rule; it then stands
in the report as waived.
"""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from reading import RESULTS, add_archive, find_root, find_stacks, going_on, refuse_failed, settings
from records.errors import RecordError
from records.files import refuse_outputs, write_table
from records.log import progress, warn
from records.metadata import description
from records.reports import policy
from records.sheet.settings import add_settings

COLUMNS = ("master", "rule", "profiles", "tag", "demand", "verdict")


def main(argv: list[str]) -> None:
    """Check masters; end in an error if any rule is broken that was not waived."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "report")
    profiles, waived = options.profile, options.waive
    policy.refuse_unknown(profiles, waived)
    failed: list[str] = []
    masters = [(path.name, path, None) for path in options.masters] or _archived(options, failed)
    rows, broken = [], []
    for name, master, sidecar in masters:
        results = []
        with going_on(name, failed):
            results = policy.check_master(master, profiles, waived, sidecar)
        for result in results:
            rows.append(_row(master, result, profiles))
            if result.verdict == "fail":
                broken.append(name)
                rule = result.rule
                who = ", ".join(_demanded_by(rule, profiles))
                warn(f"{name} fails {rule.name} ({who}): {rule.tag} must be {rule.demand}")
    write_table(options.report, COLUMNS, rows)
    left_out = sum(row["verdict"] == "waived" for row in rows)
    progress(
        f"{len(masters)} masters, {len(rows)} rules checked, {len(broken)} broken, "
        f"{left_out} waived; the report is {options.report}"
    )
    if broken:
        raise RecordError(
            f"{len(set(broken))} of {len(masters)} masters break rules of "
            f"{', '.join(profiles)}, {broken[0]} first; each is told in {options.report}; waive a "
            "rule by its name where it cannot apply"
        )
    refuse_failed(failed, "checked")
    if not masters:
        raise RecordError("no master to check; name masters, or an archive that holds some")


def _row(master: Path, result: policy.Result, profiles: list[str]) -> dict[str, str]:
    rule = result.rule
    told = (
        rule.name,
        " ".join(_demanded_by(rule, profiles)),
        rule.tag,
        rule.demand,
        result.verdict,
    )
    return dict(zip(COLUMNS, (str(master), *told), strict=True))


def _demanded_by(rule: policy.Rule, profiles: list[str]) -> list[str]:
    return [name for name in rule.profiles if name in profiles]


def _archived(
    options: argparse.Namespace, failed: list[str]
) -> list[tuple[str, Path, Path | None]]:
    """Name, file and XMP sidecar, where there is one, of the newest masters of the archive."""
    found = []
    for holding in find_stacks(find_root(options), options.object, failed):
        with going_on(holding.inventory.identifier, failed):
            name = holding.master()["file"]
            sidecar = description.sidecar_path(f"archival/{name}")
            beside = holding.file(sidecar) if sidecar in holding.state else None
            found.append((name, holding.file(f"archival/{name}"), beside))
    return found


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "masters", type=Path, nargs="*", metavar="MASTER", help="(default: those of the archive)"
    )
    add_archive(parser)
    add_settings(parser, "policy", instead=settings("policy"))
    parser.add_argument(
        "--report",
        type=Path,
        default=RESULTS / "policy.csv",
        help="CSV, one row per master and rule (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    run(main)
