"""Provenance of a version as an RO-Crate, so that others' tools can read how a master was made.

Source: RO-Crate 1.1 and the Provenance Run Crate profile 0.5 (https://w3id.org/ro/wfrun). The
graph is plain JSON-LD built here: the `rocrate` library dates a crate by the clock and wants to
copy its files, and both are the archive's own business.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from records.layout import CRATE, SETTINGS
from records.metadata.darwincore import MEDIA, OCCURRENCE
from records.provenance.runs import Run
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
HOLOSTACK = "Holostack"
SNAKEMAKE = "https://snakemake.readthedocs.io/"
LICENCE_COLUMNS = ("licence_url", "rights")
NO_LICENCE = "No licence is stated; ask the institution that holds the specimen"
# What cells of the sheet mean in Dublin, Darwin and Audiovisual Core, where they have a term.
TERMS = {**MEDIA, **OCCURRENCE}
DONE = "http://schema.org/CompletedActionStatus"
mimetypes.add_type("image/x-adobe-dng", ".dng")


@dataclass(frozen=True)
class Story:
    """Everything that a crate tells of a version.

    Attributes
    ----------
    identifier, number, block : of the object, the version, and what the inventory says of it
    specimen, view : of the stack
    row : the stack's row of the sheet
    digests, sizes : SHA-256 and bytes of every file, by logical path
    pixel_digests : SHA-256 of pixels alone, by logical path, where known; also of what the steps
        made and the version does not keep
    descriptions : what a file is, by logical path, where its name does not say it
    runs : the steps
    equipment : kind → facts about what the raws were taken with
    exposed : when the first and the last frame were taken, or ""
    workflow : logical path of the Snakefile
    workflow_version, engine_version : of Holostack and of Snakemake
    operator : name and address of who ran the steps, where it is not who made the version
    words : the newest description, with what the camera says where the row is silent
    """

    identifier: str
    number: int
    block: Mapping[str, Any]
    specimen: str
    view: str
    row: Mapping[str, str]
    digests: Mapping[str, str]
    sizes: Mapping[str, int]
    pixel_digests: Mapping[str, str]
    descriptions: Mapping[str, str]
    runs: Sequence[Run]
    equipment: Mapping[str, Mapping[str, str]]
    exposed: tuple[str, str]
    workflow: str
    workflow_version: str
    engine_version: str
    operator: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


def make_crate(story: Story) -> dict:
    """The content of ro-crate-metadata.json."""
    graph = [_descriptor(), _root(story)]
    graph += [_entity(uri, "CreativeWork", name=name, version=uri.rpartition("/")[2])
              for uri, name in PROFILES.items()]  # fmt: skip
    graph += _people(story)
    graph += _specimen(story)
    graph += [_file(story, path) for path in sorted(story.digests)]
    graph += [
        _entity(f"#pixels-{digest}", "PropertyValue", name="SHA-256 of the pixels alone",
                propertyID="pixel_sha256", value=digest)
        for digest in sorted(set(story.pixel_digests.values()))
    ]  # fmt: skip
    graph += [_not_kept(story, path) for path in sorted(story.pixel_digests.keys() - story.digests)]
    graph += _capture(story)
    graph += _engine(story)
    for run in story.runs:
        graph += _tool(story, run)
    # Steps share libraries: each is told once.
    return {"@context": CONTEXT, "@graph": list({one["@id"]: one for one in graph}.values())}


def software_of(crate: Mapping) -> dict[str, str]:
    """Name → version of everything that the steps of a crate ran on, Holostack included."""
    found: dict[str, dict[str, None]] = {}
    for entity in crate.get("@graph", []):
        if entity["@id"].startswith("#software-"):
            found.setdefault(entity["name"], {})[entity["softwareVersion"]] = None
        elif "ComputationalWorkflow" in entity["@type"] and "version" in entity:
            found.setdefault(HOLOSTACK, {})[entity["version"]] = None
    return {name: " and ".join(versions) for name, versions in found.items()}


def engine_version_of(crate: Mapping) -> str:
    """The version of Snakemake that ran the steps of a crate, or ""."""
    engine = _by_id(crate).get(f"{SNAKEMAKE}#engine", {})
    return str(engine.get("softwareVersion", ""))


def operator_of(crate: Mapping) -> dict[str, str]:
    """Name and address of who ran the steps of a crate; empty where it does not say."""
    entities = _by_id(crate)
    agent = entities.get("#workflow-run", {}).get("agent", {})
    person = entities.get(agent.get("@id"), {})
    if "name" not in person:
        return {}
    address = person.get("identifier", "")
    return {"name": person["name"], **({"address": address} if address else {})}


def _by_id(crate: Mapping) -> dict[str, dict]:
    return {one["@id"]: one for one in crate.get("@graph", [])}


def contradictions(settings: Mapping[str, Mapping[str, object]], crate: Mapping) -> list[str]:
    """Settings of steps that are others than a crate says, such as a changed record would have."""
    told = {one["@id"]: one.get("value") for one in crate.get("@graph", [])}
    found = []
    for step, keys in settings.items():
        for name, value in keys.items():
            known = told.get(f"#value-{quote(f'{step}-{name}', safe='')}")
            if known is not None and value is not None and known != _plain(value):
                found.append(
                    f"{step}.{name} is {value} in {SETTINGS}, but {known} in the provenance"
                )
    return found


def _entity(identifier: str, kind: str | list[str], /, **about: object) -> dict:
    """An entity without the properties that are empty: what is not known is left out."""
    known = {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in about.items()
        if value not in ("", None, [], {})
    }
    return {"@id": identifier, "@type": kind, **known}


def _ref(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _uri(path: str) -> str:
    return quote(path)


def _file_ref(story: Story, path: str) -> dict[str, str]:
    return _ref(_uri(path) if path in story.digests else f"#not-kept/{quote(path)}")


def _descriptor() -> dict:
    return _entity(
        CRATE,
        "CreativeWork",
        about=_ref("./"),
        conformsTo=[
            _ref("https://w3id.org/ro/crate/1.1"),
            _ref("https://w3id.org/workflowhub/workflow-ro-crate/1.0"),
        ],
    )


def _root(story: Story) -> dict:
    words = {**story.words, **story.row}
    licence = next((words[name] for name in LICENCE_COLUMNS if name in words), NO_LICENCE)
    return _entity(
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
        license=_ref(licence) if licence.startswith(("http://", "https://")) else licence,
        author=[_ref(one["@id"]) for one in _creators(story)] or _ref("#person"),
        about=_ref("#specimen"),
        conformsTo=[_ref(uri) for uri in PROFILES],
        mainEntity=_ref(_uri(story.workflow)),
        hasPart=[_ref(_uri(path)) for path in sorted(story.digests)],
        mentions=[_ref("#workflow-run"), _ref("#engine-run")]
        + [_ref(f"#run-{run.step}") for run in story.runs]
        + ([_ref("#capture")] if story.equipment else []),
    )


def _people(story: Story) -> list[dict]:
    """Who asked for the version, and whom the sheet names as creators of the picture."""
    user = story.block["user"]
    person = _entity("#person", "Person", name=user["name"], identifier=user.get("address", ""))
    operator = []
    if story.operator:
        about = {"name": story.operator["name"], "identifier": story.operator.get("address", "")}
        operator = [_entity("#operator", "Person", **about)]
    return [person, *operator, *_creators(story)]


def _creators(story: Story) -> list[dict]:
    written = story.row.get("creator") or story.words.get("creator", "")
    names = [name.strip() for name in written.split(";") if name.strip()]
    return [
        _entity(f"#creator-{number}", "Person", name=name) for number, name in enumerate(names, 1)
    ]


def _specimen(story: Story) -> list[dict]:
    cells = [
        _entity(f"#sheet-{quote(column, safe='')}", "PropertyValue", name=column, value=value,
                propertyID=TERMS.get(column, ""))
        for column, value in sorted(story.row.items())
    ]  # fmt: skip
    specimen = _entity(
        "#specimen",
        "Thing",
        name=catalog_number(story.row, story.specimen),
        identifier=catalog_number(story.row, story.specimen),
        additionalProperty=[_ref(cell["@id"]) for cell in cells],
    )
    return [specimen, *cells]


def _file(story: Story, path: str) -> dict:
    kind: str | list[str] = "File"
    more: dict[str, object] = {}
    if path == story.workflow:
        kind = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        more = {
            "programmingLanguage": _ref("#snakemake-language"),
            "version": story.workflow_version,
            "hasPart": [_ref(f"#tool-{run.step}") for run in story.runs],
            "step": [_ref(f"#step-{run.step}") for run in story.runs],
            "input": [_ref("#parameter-raws")],
            "output": [_ref("#parameter-master")],
        }
    elif path.startswith("raw/"):
        more = {"exampleOfWork": _ref("#parameter-raws")}
    elif path in _masters(story):
        more = {"exampleOfWork": _ref("#parameter-master")}
    if path in story.pixel_digests:
        more["additionalProperty"] = _ref(f"#pixels-{story.pixel_digests[path]}")
    return _entity(
        _uri(path),
        kind,
        name=path,
        sha256=story.digests[path],
        description=story.descriptions.get(path, ""),
        contentSize=str(story.sizes[path]) if path in story.sizes else "",
        encodingFormat=mimetypes.guess_type(path)[0] or "application/octet-stream",
        **more,
    )


def _not_kept(story: Story, path: str) -> dict:
    return _entity(
        f"#not-kept/{quote(path)}",
        "CreativeWork",
        name=path,
        description="Made on the way and not kept; known by the digest of its pixels",
        additionalProperty=_ref(f"#pixels-{story.pixel_digests[path]}"),
    )


def _raws(story: Story) -> list[str]:
    return sorted(path for path in story.digests if path.startswith("raw/"))


def _masters(story: Story) -> list[str]:
    return sorted(
        path
        for path in story.digests
        if path.startswith("archival/")
        and path in story.pixel_digests
        and path not in story.descriptions
    )


def _capture(story: Story) -> list[dict]:
    if not story.equipment:
        return []
    things = [
        _entity(f"#{kind}", "IndividualProduct", **facts)
        for kind, facts in sorted(story.equipment.items())
    ]
    # A plain Action: the profile allows a CreateAction no instrument but software.
    capture = _entity(
        "#capture",
        "Action",
        name=f"Photographing {catalog_number(story.row, story.specimen)}, view {story.view}",
        instrument=[_ref(thing["@id"]) for thing in things],
        object=_ref("#specimen"),
        result=[_ref(_uri(path)) for path in _raws(story)],
        startTime=story.exposed[0],
        endTime=story.exposed[1],
    )
    return [capture, *things]


def _operator(story: Story) -> dict[str, str]:
    return _ref("#operator" if story.operator else "#person")


def _engine(story: Story) -> list[dict]:
    masters = [_ref(_uri(path)) for path in _masters(story)]
    ended = max((run.ended for run in story.runs), default="")
    started = min((run.started for run in story.runs if run.started), default="")
    language = _entity(
        "#snakemake-language",
        "ComputerLanguage",
        name="Snakemake",
        identifier=_ref(SNAKEMAKE),
        url=_ref(SNAKEMAKE),
        version=story.engine_version,
    )
    engine = _entity(
        f"{SNAKEMAKE}#engine",
        "SoftwareApplication",
        name="Snakemake",
        url=SNAKEMAKE,
        softwareVersion=story.engine_version,
    )
    run = _entity(
        "#workflow-run",
        "CreateAction",
        name=f"Run of Holostack for {story.identifier}",
        description=str(story.block["message"]),
        instrument=_ref(_uri(story.workflow)),
        agent=_operator(story),
        object=[_ref(_uri(path)) for path in _raws(story)],
        result=masters,
        startTime=started,
        endTime=ended,
        actionStatus=DONE,
    )
    organized = _entity(
        "#engine-run",
        "OrganizeAction",
        name="Snakemake's run of the steps",
        instrument=_ref(engine["@id"]),
        agent=_operator(story),
        object=[_ref(f"#control-{run.step}") for run in story.runs],
        result=_ref("#workflow-run"),
        actionStatus=DONE,
    )
    parameters = [
        _entity("#parameter-raws", "FormalParameter", name="raws", additionalType="File",
                workExample=[_ref(_uri(path)) for path in _raws(story)]),
        _entity("#parameter-master", "FormalParameter", name="master", additionalType="File",
                workExample=masters),
    ]  # fmt: skip
    return [language, engine, run, organized, *parameters]


def _tool(story: Story, run: Run) -> list[dict]:
    libraries = [
        _entity(f"#software-{name}-{version}", "SoftwareApplication", name=name,
                softwareVersion=version)
        for name, version in sorted(run.software.items())
    ]  # fmt: skip
    names = [(name, quote(f"{run.step}-{name}", safe="")) for name in sorted(run.parameters)]
    formal = [
        _entity(f"#parameter-{key}", "FormalParameter", name=name, additionalType="PropertyValue",
                workExample=_ref(f"#value-{key}"))
        for name, key in names
    ]  # fmt: skip
    values = [
        _entity(f"#value-{key}", "PropertyValue", name=name,
                exampleOfWork=_ref(f"#parameter-{key}"), value=_plain(run.parameters[name]))
        for name, key in names
    ]  # fmt: skip
    tool = _entity(
        f"#tool-{run.step}",
        "SoftwareApplication",
        name=run.program,
        softwareVersion=story.workflow_version,
        softwareRequirements=[_ref(library["@id"]) for library in libraries],
        input=[_ref(parameter["@id"]) for parameter in formal],
    )
    position = 1 + [other.step for other in story.runs].index(run.step)
    step = _entity(f"#step-{run.step}", "HowToStep", name=run.step, position=str(position),
                   workExample=_ref(tool["@id"]))  # fmt: skip
    action = _entity(
        f"#run-{run.step}",
        "CreateAction",
        name=f"Step {run.step}",
        description=run.command or f"{run.program} (its command line was not recorded)",
        instrument=_ref(tool["@id"]),
        agent=_operator(story),
        object=[_file_ref(story, path) for path in run.inputs]
        + [_ref(value["@id"]) for value in values],
        result=[_file_ref(story, path) for path in run.outputs],
        startTime=run.started,
        endTime=run.ended,
        actionStatus=DONE,
    )
    control = _entity(f"#control-{run.step}", "ControlAction", name=f"Snakemake runs {run.step}",
                      instrument=_ref(step["@id"]), object=_ref(action["@id"]))  # fmt: skip
    return [tool, step, action, control, *formal, *values, *libraries]


def _plain(value: object) -> str | int | float | bool:
    """A parameter's value as JSON-LD takes it; a list or mapping in the words of JSON."""
    if isinstance(value, str | bool | int | float):
        return value
    return json.dumps(value, sort_keys=True)
