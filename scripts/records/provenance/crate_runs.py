"""The run of a crate: Snakemake, the steps, their tools, parameters and libraries.

Source: the Provenance Run Crate profile 0.5 (https://w3id.org/ro/wfrun).
"""

from __future__ import annotations

from urllib.parse import quote

from records.layout import WORKFLOW
from records.provenance.crate_facts import ENGINE
from records.provenance.entities import entity, plain, ref, uri
from records.provenance.runs import Run
from records.provenance.story import Story

SNAKEMAKE = ENGINE.partition("#")[0]
DONE = "http://schema.org/CompletedActionStatus"


def engine_run(story: Story) -> list[dict]:
    """The workflow as a whole, and Snakemake, which ran it."""
    masters = [ref(uri(path)) for path in story.masters]
    ended = max((run.log.ended for run in story.making.runs), default="")
    started = min((run.log.started for run in story.making.runs if run.log.started), default="")
    language = entity(
        "#snakemake-language",
        "ComputerLanguage",
        name="Snakemake",
        identifier=ref(SNAKEMAKE),
        url=ref(SNAKEMAKE),
        version=story.snakemake,
    )
    engine = entity(
        ENGINE,
        "SoftwareApplication",
        name="Snakemake",
        url=SNAKEMAKE,
        softwareVersion=story.snakemake,
    )
    run = entity(
        "#workflow-run",
        "CreateAction",
        name=f"Run of Holostack for {story.identifier}",
        description=str(story.block["message"]),
        instrument=ref(uri(WORKFLOW)),
        agent=_operator(story),
        object=[ref(uri(path)) for path in story.raws],
        result=masters,
        startTime=started,
        endTime=ended,
        actionStatus=DONE,
    )
    organized = entity(
        "#engine-run",
        "OrganizeAction",
        name="Snakemake's run of the steps",
        instrument=ref(engine["@id"]),
        agent=_operator(story),
        object=[ref(f"#control-{run.step}") for run in story.making.runs],
        result=ref("#workflow-run"),
        actionStatus=DONE,
    )
    parameters = [
        entity("#parameter-raws", "FormalParameter", name="raws", additionalType="File",
                workExample=[ref(uri(path)) for path in story.raws]),
        entity("#parameter-master", "FormalParameter", name="master", additionalType="File",
                workExample=masters),
    ]  # fmt: skip
    return [language, engine, run, organized, *parameters]


def step_run(story: Story, run: Run) -> list[dict]:
    """One step: its tool, what it was given, and its run."""
    libraries = [
        entity(f"#software-{name}-{version}", "SoftwareApplication", name=name,
                softwareVersion=version)
        for name, version in sorted(run.software.items())
    ]  # fmt: skip
    names = [(name, quote(f"{run.step}-{name}", safe="")) for name in sorted(run.parameters)]
    formal = [
        entity(f"#parameter-{key}", "FormalParameter", name=name, additionalType="PropertyValue",
                workExample=ref(f"#value-{key}"))
        for name, key in names
    ]  # fmt: skip
    values = [
        entity(f"#value-{key}", "PropertyValue", name=name,
                exampleOfWork=ref(f"#parameter-{key}"), value=plain(run.parameters[name]))
        for name, key in names
    ]  # fmt: skip
    tool = entity(
        f"#tool-{run.step}",
        "SoftwareApplication",
        name=run.program,
        softwareVersion=story.holostack,
        softwareRequirements=[ref(library["@id"]) for library in libraries],
        input=[ref(parameter["@id"]) for parameter in formal],
    )
    position = 1 + [other.step for other in story.making.runs].index(run.step)
    step = entity(f"#step-{run.step}", "HowToStep", name=run.step, position=str(position),
                   workExample=ref(tool["@id"]))  # fmt: skip
    action = entity(
        f"#run-{run.step}",
        "CreateAction",
        name=f"Step {run.step}",
        description=run.log.command or f"{run.program} (its command line was not recorded)",
        instrument=ref(tool["@id"]),
        agent=_operator(story),
        object=[_file_ref(story, path) for path in run.inputs]
        + [ref(value["@id"]) for value in values],
        result=[_file_ref(story, path) for path in run.outputs],
        startTime=run.log.started,
        endTime=run.log.ended,
        actionStatus=DONE,
    )
    control = entity(f"#control-{run.step}", "ControlAction", name=f"Snakemake runs {run.step}",
                      instrument=ref(step["@id"]), object=ref(action["@id"]))  # fmt: skip
    return [tool, step, action, control, *formal, *values, *libraries]


def _operator(story: Story) -> dict[str, str]:
    return ref("#operator" if story.operator else "#person")


def _file_ref(story: Story, path: str) -> dict[str, str]:
    return ref(uri(path) if path in story.digests else f"#not-kept/{quote(path)}")
