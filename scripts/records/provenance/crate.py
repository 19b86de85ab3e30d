"""Provenance of a version as an RO-Crate, so that others' tools can read how a master was made.

Source: RO-Crate 1.1 and the Provenance Run Crate profile 0.5 (https://w3id.org/ro/wfrun). The
graph is plain JSON-LD built here: the `rocrate` library dates a crate by the clock and wants to
copy its files, and both are the archive's own business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from records.files import json_bytes
from records.known_frames import BLAKE3, SHA256
from records.layout import CRATE, WORKFLOW
from records.metadata.darwincore import MEDIA, OCCURRENCE
from records.metadata.media_type import media_type
from records.provenance.crate_runs import engine_run, step_run
from records.provenance.entities import entity, ref, uri
from records.provenance.hands import hand_entities
from records.provenance.story import Story
from records.sheet.folder_names import catalog_number

RUN_TERMS = "https://w3id.org/ro/terms/workflow-run#"
# Given here rather than by the address of a second context, so that a crate is understood
# without it.
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": f"{RUN_TERMS}sha256"},
]
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
HASH_NAMES = {BLAKE3: "BLAKE3", SHA256: "SHA-256"}
LICENCE_COLUMNS = ("licence_url", "rights")
NO_LICENCE = "No licence is stated; ask the institution that holds the specimen"
# What cells of the sheet mean in Dublin, Darwin and Audiovisual Core, where they have a term.
TERMS = {**MEDIA, **OCCURRENCE}


def with_crate(story: Story, companions: Mapping[str, bytes]) -> dict[str, bytes]:
    """The records that come with a version, and the crate that tells of them and of its files.

    Parameters
    ----------
    story : of the version, without these records
    companions : logical path → content
    """
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in companions.items()}
    sizes = {path: len(content) for path, content in companions.items()}
    whole = replace(story, digests={**story.digests, **digests}, sizes={**story.sizes, **sizes})
    return {**companions, CRATE: json_bytes(make_crate(whole))}


def make_crate(story: Story) -> dict:
    """The content of ro-crate-metadata.json."""
    graph = [_descriptor(), _root(story)]
    graph += [entity(profile, "CreativeWork", name=name, version=profile.rpartition("/")[2])
              for profile, name in PROFILES.items()]  # fmt: skip
    graph += _people(story)
    graph += _specimen(story)
    graph += [_file(story, path) for path in sorted(story.digests)]
    graph += [
        entity(f"#pixels-{digest.text}", "PropertyValue",
                name=f"{HASH_NAMES[digest.hash]} of the pixels alone",
                propertyID=f"pixel_{digest.hash}", value=digest.text)
        for digest in sorted(set(story.making.pixel_digests.values()))
    ]  # fmt: skip
    graph += [
        _not_kept(story, path) for path in sorted(story.making.pixel_digests.keys() - story.digests)
    ]
    graph += _capture(story)
    graph += hand_entities(story.making.hands)
    graph += engine_run(story)
    for run in story.making.runs:
        graph += step_run(story, run)
    # Steps share libraries: each is told once.
    return {"@context": CONTEXT, "@graph": list({one["@id"]: one for one in graph}.values())}


def _descriptor() -> dict:
    return entity(
        CRATE,
        "CreativeWork",
        about=ref("./"),
        conformsTo=[
            ref("https://w3id.org/ro/crate/1.1"),
            ref("https://w3id.org/workflowhub/workflow-ro-crate/1.0"),
        ],
    )


def _root(story: Story) -> dict:
    words = {**story.words, **story.row}
    licence = next((words[name] for name in LICENCE_COLUMNS if name in words), NO_LICENCE)
    return entity(
        "./",
        "Dataset",
        name=f"Focus stack {story.specimen}/{story.view}, version {story.number}",
        description=(
            f"Frames of {catalog_number(story.row, story.specimen)}, view {story.view}, the "
            f"all-in-focus master made of them, and how it was made. {story.block['message']}"
        ),
        identifier=story.identifier,
        version=f"v{story.number}",
        datePublished=story.block["created"],
        license=ref(licence) if licence.startswith(("http://", "https://")) else licence,
        author=[ref(one["@id"]) for one in _creators(story)] or ref("#person"),
        about=ref("#specimen"),
        conformsTo=[ref(profile) for profile in PROFILES],
        mainEntity=ref(uri(WORKFLOW)),
        hasPart=[ref(uri(path)) for path in sorted(story.digests)],
        mentions=[ref("#workflow-run"), ref("#engine-run")]
        + [ref(f"#run-{run.step}") for run in story.making.runs]
        + ([ref("#capture")] if story.making.equipment else [])
        + [ref(f"#retouching-{number + 1}") for number in range(len(story.making.hands))],
    )


def _people(story: Story) -> list[dict]:
    """Who asked for the version, and whom the sheet names as creators of the picture."""
    user = story.block["user"]
    person = entity("#person", "Person", name=user["name"], identifier=user.get("address", ""))
    operator = []
    if story.operator:
        about = {"name": story.operator["name"], "identifier": story.operator.get("address", "")}
        operator = [entity("#operator", "Person", **about)]
    return [person, *operator, *_creators(story)]


def _creators(story: Story) -> list[dict]:
    written = story.row.get("creator") or story.words.get("creator", "")
    names = [name.strip() for name in written.split(";") if name.strip()]
    return [
        entity(f"#creator-{number}", "Person", name=name) for number, name in enumerate(names, 1)
    ]


def _specimen(story: Story) -> list[dict]:
    cells = [
        entity(f"#sheet-{quote(column, safe='')}", "PropertyValue", name=column, value=value,
                propertyID=TERMS.get(column, ""))
        for column, value in sorted(story.row.items())
    ]  # fmt: skip
    specimen = entity(
        "#specimen",
        "Thing",
        name=catalog_number(story.row, story.specimen),
        identifier=catalog_number(story.row, story.specimen),
        additionalProperty=[ref(cell["@id"]) for cell in cells],
    )
    return [specimen, *cells]


def _file(story: Story, path: str) -> dict:
    kind: str | list[str] = "File"
    more: dict[str, object] = {}
    if path == WORKFLOW:
        kind = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        more = {
            "programmingLanguage": ref("#snakemake-language"),
            "version": story.holostack,
            "hasPart": [ref(f"#tool-{run.step}") for run in story.making.runs],
            "step": [ref(f"#step-{run.step}") for run in story.making.runs],
            "input": [ref("#parameter-raws")],
            "output": [ref("#parameter-master")],
        }
    elif path.startswith("raw/"):
        more = {"exampleOfWork": ref("#parameter-raws")}
    elif path in story.masters:
        more = {"exampleOfWork": ref("#parameter-master")}
    if path in story.making.pixel_digests:
        more["additionalProperty"] = ref(f"#pixels-{story.making.pixel_digests[path].text}")
    return entity(
        uri(path),
        kind,
        name=path,
        sha256=story.digests[path],
        description=story.making.descriptions.get(path, ""),
        contentSize=str(story.sizes[path]) if path in story.sizes else "",
        encodingFormat=media_type(path) or "application/octet-stream",
        **more,
    )


def _not_kept(story: Story, path: str) -> dict:
    return entity(
        f"#not-kept/{quote(path)}",
        "CreativeWork",
        name=path,
        description="Made on the way and not kept; known by the digest of its pixels",
        additionalProperty=ref(f"#pixels-{story.making.pixel_digests[path].text}"),
    )


def _capture(story: Story) -> list[dict]:
    if not story.making.equipment:
        return []
    things = [
        entity(f"#{kind}", "IndividualProduct", **facts)
        for kind, facts in sorted(story.making.equipment.items())
    ]
    # A plain Action: the profile allows a CreateAction no instrument but software.
    capture = entity(
        "#capture",
        "Action",
        name=f"Photographing {catalog_number(story.row, story.specimen)}, view {story.view}",
        instrument=[ref(thing["@id"]) for thing in things],
        object=ref("#specimen"),
        result=[ref(uri(path)) for path in story.raws],
        startTime=story.making.exposed[0],
        endTime=story.making.exposed[1],
    )
    return [capture, *things]
