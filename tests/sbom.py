"""Writes `envs/sbom.cdx.json`: what a user installs, as a CycloneDX bill of materials.

    python3 envs/run.py python -m tests.sbom

Names, versions and digests are those of `envs/requirements.txt`, of `requirements-web.txt`, which
comes with the first page in a browser, and of `requirements-layers.txt`, which comes with the first
layered picture: the packages of both are optional, as CycloneDX says, and so is what pages take
from npm (`web/package-lock.json`). Licences and who needs whom are read from the packages installed
here, and left out of packages that are for another system.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import uuid
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "envs" / "requirements.txt"
LATER_PINS = [ROOT / "envs" / f"requirements-{name}.txt" for name in ("web", "layers")]
LOCK = ROOT / "web" / "package-lock.json"
TARGET = ROOT / "envs" / "sbom.cdx.json"
_PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?:\s*;\s*(.*?))?\s*\\\n((?:\s+--hash=\S+.*\n?)+)", re.M)
# Licences as packages name them, where that is one of SPDX's; "BSD License" may be any of several.
_SPDX = {
    **{one: one for one in ("MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "MPL-2.0")},
    "MIT License": "MIT",
    "Apache License, Version 2.0": "Apache-2.0",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def main() -> None:
    """Write the bill of materials."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from records.program import VERSION

    later = "".join(path.read_text("utf-8") for path in LATER_PINS)
    TARGET.write_text(bill(PINS.read_text("utf-8"), later, VERSION), "utf-8")


def bill(pins: str, later_pins: str, version: str) -> str:
    """The bill as JSON; always the same for the same pins and the same installed packages."""
    found = [match.groups() for match in _PIN.finditer(pins)]
    always = {name for name, *_ in found}
    # What both pin is pinned alike, and always installed.
    found += [more for pin in _PIN.finditer(later_pins) if (more := pin.groups())[0] not in always]
    # A package may be pinned twice, for older and newer Pythons.
    references: dict[str, list[str]] = {}
    for name, number, *_ in found:
        references.setdefault(name, []).append(f"pkg:pypi/{name}@{number}")
    npm = from_npm()
    references |= {one["name"]: [one["bom-ref"]] for one in npm}
    ours = f"pkg:generic/holostack@{version}"
    asked = [
        name
        for path in (PINS, *LATER_PINS)
        for name in re.findall(r"^\w[\w-]*", path.with_suffix(".in").read_text("utf-8"), re.M)
    ]
    wants = {ours: {*map(normal, asked), *(one["name"] for one in npm)}}
    wants |= {one: needs(name) for name, ones in sorted(references.items()) for one in ones}
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, version + pins + later_pins)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": "holostack",
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": [
            *(
                component(*one) | ({} if one[0] in always else {"scope": "optional"})
                for one in found
            ),
            *npm,
        ],
        "dependencies": [
            {
                "ref": one,
                "dependsOn": [ref for name in sorted(names) for ref in references.get(name, [])],
            }
            for one, names in wants.items()
        ],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    # A digest a line, so that a change of pins can be read.
    digest = r'\{\s+("alg": "SHA-\d+"),\s+("content": "\w+")\s+\}'
    return re.sub(digest, r"{\1, \2}", text) + "\n"


def component(name: str, version: str, condition: str | None, hashes: str) -> dict:
    """One package: a digest for each of its files, since each system installs another."""
    reference = f"pkg:pypi/{name}@{version}"
    told: dict[str, object] = {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        "hashes": [
            {"alg": "SHA-256", "content": digest}
            for digest in re.findall(r"--hash=sha256:(\w{64})", hashes)
        ],
    }
    if licences := licences_of(name):
        told["licenses"] = licences
    if condition:
        told["properties"] = [{"name": "holostack:installed-where", "value": condition}]
    return told


def from_npm() -> list[dict]:
    """What pages take from npm, by its lock file; not what only checks need."""
    told = []
    for path, package in json.loads(LOCK.read_text("utf-8"))["packages"].items():
        name = path.rpartition("node_modules/")[2]
        if not name or package.get("dev"):
            continue
        algorithm, _, digest = package["integrity"].partition("-")
        assert algorithm == "sha512", f"{name}: {algorithm} is no digest that npm writes today"
        reference = f"pkg:npm/{name}@{package['version']}"
        told.append(
            {
                "type": "library",
                "bom-ref": reference,
                "name": name,
                "version": package["version"],
                "purl": reference,
                "hashes": [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}],
                "licenses": [{"license": {"id": package["license"]}}],
                "scope": "optional",
            }
        )
    return told


def licences_of(name: str) -> list[dict]:
    """What an installed package says of its licence, as CycloneDX puts it."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if expression := about.get("License-Expression"):
        return [{"expression": expression}]
    field = (about.get("License") or "").partition("\n")[0]
    classes = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier") or []
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    texts = [field] if field in _SPDX or not classes else classes
    return [
        {"license": {"id": _SPDX[text]} if text in _SPDX else {"name": text}}
        for text in texts
        if text
    ]


def needs(name: str) -> set[str]:
    """Names of the packages that an installed one asks for, without its extras."""
    try:
        asked = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return set()
    return {normal(re.match(r"[\w.-]+", line)[0]) for line in asked if "extra ==" not in line}


def normal(name: str) -> str:
    """A package's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
