"""What a page on a stack warns of: the checks' findings with their evidence, and the steps' own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from records.layout import QC
from records.reports.review_sources import Sources
from records.sheet.acknowledged import WARNING

Warned = dict[str, Any]


def warnings_of(sources: Sources) -> list[Warned]:
    """The warnings, those of the checks first; `evidence` has names of pictures of stack/qc."""
    findings = sources.record(QC, "qc").get("findings", [])
    told = [
        {
            "step": "qc",
            "kind": str(finding["code"]),
            "text": f"{finding['message']}. {finding['do']}",
            "acknowledged": str(finding.get("acknowledged") or ""),
            "evidence": [str(name) for name in finding.get("pictures") or ()],
        }
        for finding in findings
        if finding["level"] == WARNING
    ]
    return told + list(_of_logs(sources, findings))


def notes_of(sources: Sources) -> list[str]:
    """What a person should know and that is nothing wrong; what could not be judged, and why."""
    record = sources.record(QC, "qc")
    notes = [
        str(finding["message"])
        for finding in record.get("findings", [])
        if finding["level"] != WARNING
    ]
    return notes + [f"{code}: {why}" for code, why in record.get("not_judged", {}).items()]


def _of_logs(sources: Sources, findings: Iterable[Mapping[str, Any]]) -> Iterable[Warned]:
    # What alignment warned of is among the findings as well, and may be acknowledged there.
    messages = [str(finding["message"]) for finding in findings]
    for step in sources.logs:
        for line in sources.log(step).warnings:
            if not any(message in line for message in messages):
                yield {
                    "step": step,
                    "kind": step,
                    "text": line,
                    "acknowledged": "",
                    "evidence": [],
                }
