"""Settings that come out of an archive, which anyone may have written, before steps get them.

Only what the schema knows as a setting of a step can be one: no file to read or to write, no word
that a step's command takes for another option.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from records.errors import RecordError
from records.layout import SETTINGS
from records.sheet.schema import explain
from records.sheet.settings import read_schema, section

# A text of any length could keep a pattern busy for ever.
MOST_LETTERS = 20_000
# The steps whose settings are archived.
SECTIONS = ("ledger", "convert", "align", "fuse", "qc", "master", "derive")


def check_archived(settings: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """Archived settings, without those that are not set.

    Parameters
    ----------
    settings : by section and key
    where : the record that they stand in, for messages

    Raises
    ------
    RecordError
        Something in them is no setting, or has a value that the schema does not allow.
    """
    if len(str(settings)) > MOST_LETTERS:
        raise RecordError(f"{where}: is longer than any settings; no step is run with it")
    known = {name: _set(keys) for name, keys in settings.items()}
    faults = sorted(_validator().iter_errors(known), key=lambda fault: list(map(str, fault.path)))
    reasons = [explain(fault) for fault in faults]
    if reasons:
        raise RecordError(
            f"{where}: {'; '.join(reasons)}. It was not written by this Holostack, and no step is "
            "run with it"
        )
    return known


def with_former_defaults(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Archived settings, with the defaults of then for those that are not set and have another now.

    The workflow archives every setting; who archives by hand may leave some out.
    """
    return {
        name: {**({} if name == "derive" else _former_defaults(name)), **keys}
        for name, keys in settings.items()
    }


def _former_defaults(name: str) -> dict[str, Any]:
    former = "x-former-default"
    return {key: of[former] for key, of in section(name).items() if former in of}


def refuse_external(settings: Mapping[str, Mapping[str, object]], is_asked_for: bool) -> None:
    """Refuse to run a program that whoever wrote an object chose, unless a person asks for it.

    Raises
    ------
    RecordError
        The message has the command.
    """
    fusing = settings["fuse"]
    if fusing.get("method") == "external" and not is_asked_for:
        raise RecordError(
            f"{SETTINGS}: was fused by another program, which whoever wrote it chose; to make it "
            f"again would run {fusing.get('command')!r} on this computer, with your rights. If you "
            "trust that, repeat with --run-external"
        )


def add_run_external(parser: argparse.ArgumentParser) -> None:
    """Give a command the option by which a person asks for `refuse_external` to let pass."""
    parser.add_argument(
        "--run-external",
        action="store_true",
        help="run the programs that archived settings name, where a master was fused by another "
        "program: whoever wrote an object chose them",
    )


def _set(keys: object) -> Any:  # noqa: ANN401
    """A section without the keys that are null."""
    if not isinstance(keys, Mapping):
        return keys
    return {key: _set(value) for key, value in keys.items() if value is not None}


@cache
def _validator() -> Draft202012Validator:
    """What checks archived settings: the configuration's schema, of which anything may be unset."""
    sections = {
        name: deepcopy(dict(read_schema("config")["properties"][name])) for name in SECTIONS
    }
    # The workflow notes by which list the frames were placed.
    sections["ledger"]["properties"]["positions_sha256"] = {"type": "string"}
    # A white frame is known by its bytes, and lies in the object: no path in here is followed.
    for one in sections.values():
        for key, schema in list(one.get("properties", {}).items()):
            if schema.get("x-file"):
                del one["properties"][key]
                one["properties"][f"{key}_sha256"] = {"pattern": "^[0-9a-f]{64}$"}
    derivative = sections["derive"]["additionalProperties"]
    for key, schema in list(derivative["properties"].items()):
        if schema.get("x-of-the-workflow"):
            del derivative["properties"][key]
    for one in (*sections.values(), derivative):
        one.pop("required", None)
    return Draft202012Validator(
        {"type": "object", "additionalProperties": False, "properties": sections}
    )
