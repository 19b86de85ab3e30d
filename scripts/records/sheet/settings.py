"""A setting is what config.schema.json says of it: name, type, range, default and meaning.

Of a section of the schema a step makes its options, and of these what it records. A default stands
in no code, so that no hash of a step (records/program.py) knows of its change: the rules pass every
setting that a step has.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

from records.errors import RecordError
from records.sheet.consistency import of_section

SCHEMAS = Path(__file__).resolve().parents[3] / "config" / "schemas"
Schema = Mapping[str, Any]


@cache
def read_schema(name: str) -> Schema:
    """One of the schemas: `config` or `specimens`."""
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def section(name: str) -> Mapping[str, Schema]:
    """What the schema says of each setting of a step; without what is no option of its command.

    Left out are settings of a whole run, those by which the workflow alone goes, and files that a
    person names, which no record may name.

    Parameters
    ----------
    name : section of the configuration; `derive` for the settings of one derivative
    """
    schema = read_schema("config")["properties"][name]
    properties = schema.get("properties") or schema["additionalProperties"]["properties"]
    return {
        key: value
        for key, value in properties.items()
        if not any(value.get(mark) for mark in ("x-of-the-run", "x-of-the-workflow", "x-file"))
    }


def defaults(name: str) -> dict[str, Any]:
    """The settings of a section as they are where nobody sets them."""
    return {key: schema.get("default") for key, schema in section(name).items()}


def add_settings(
    parser: argparse.ArgumentParser,
    name: str,
    *,
    only: Collection[str] = (),
    instead: Mapping[str, Any] | None = None,
) -> None:
    """Give a command an option for each setting of a section.

    A value that the schema does not allow is a RecordError that names the setting and what it may
    be, when the command line is parsed.

    Parameters
    ----------
    only : the settings that the command has; all if empty
    instead : defaults that go before the schema's
    """
    for key, schema in section(name).items():
        if only and key not in only:
            continue
        default = (instead or {}).get(key, schema.get("default"))
        _add(parser, f"{name}.{key}", schema, default)


def add_cells(parser: argparse.ArgumentParser, *columns: str) -> None:
    """Give a command options for columns of the sheet, as it has them for settings."""
    for column in columns:
        _add(parser, column, read_schema("specimens")["properties"][column], None)


def settings_of(options: argparse.Namespace, name: str) -> dict[str, Any]:
    """The settings of a section as a command got them, to be recorded.

    Raises
    ------
    RecordError
        Some are each allowed, and contradict each other.
    """
    settings = {key: getattr(options, key) for key in section(name)}
    if faults := of_section(name, settings):
        raise RecordError("\n".join(faults))
    return settings


def option_words(settings: Mapping[str, Any], leave_out: Collection[str] = ()) -> Iterator[str]:
    """Settings as options of a command: `max_residual_px: 5` becomes `--max-residual-px=5`.

    What is None is not set and has no option.
    """
    for key, value in settings.items():
        if key not in leave_out and value is not None:
            yield f"{_option(key)}={_text(value)}"


def flags(settings: Mapping[str, Any], leave_out: Collection[str] = ()) -> str:
    """Settings as options in a line of a shell."""
    words = (word.partition("=") for word in option_words(settings, leave_out))
    return " ".join(f"{option}={shlex.quote(text)}" for option, _, text in words)


def parse(name: str, schema: Schema, text: str) -> object:
    """The value of a setting, as the schema types it.

    Parameters
    ----------
    name : of the setting, with its section

    Raises
    ------
    RecordError
        The schema does not allow it.
    """
    if schema.get("type") == "array":
        parts = filter(None, map(str.strip, text.split(",")))
        values = [parse(name, schema["items"], part) for part in parts]
        if len(values) < schema.get("minItems", 0):
            raise RecordError(f"{name} is empty, but must be {allowed(schema)}")
        return values
    for kind in schema.get("anyOf", [schema]):
        value = typed(text, kind)
        if _fits(value, kind):
            return value
    raise RecordError(f"{name} is {value!r}, but must be {allowed(schema)}")


def typed(text: str, schema: Schema) -> object:
    """A text as the type that the schema wants, itself where it is none."""
    for value in schema.get("enum", ()):
        if str(value) == text:
            return value
    try:
        number = float(text) if schema.get("type") in ("integer", "number") else math.nan
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if schema["type"] == "integer" and number.is_integer() else number


def allowed(schema: Schema) -> str:
    """What a value may be, in words that follow "must be"."""
    if "x-allowed" in schema:
        return schema["x-allowed"]
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kind = schema.get("type")
    if kind not in ("integer", "number"):
        words = {"string": "text", "boolean": "true or false"}
        kinds = [kind] if isinstance(kind, str) else kind or []
        return " or ".join(words.get(name, name) for name in kinds)
    noun = "a whole number" if kind == "integer" else "a number"
    unit = f" of {schema['x-unit']}" if "x-unit" in schema else ""
    if "exclusiveMinimum" in schema:
        return f"{noun}{unit} above {schema['exclusiveMinimum']}"
    if "maximum" in schema:
        return f"{noun}{unit} from {schema['minimum']} to {schema['maximum']}"
    return f"{noun}{unit}" + (f", {schema['minimum']} or more" if "minimum" in schema else "")


def _add(parser: argparse.ArgumentParser, name: str, schema: Schema, default: object) -> None:
    choices = ",".join(map(str, schema.get("enum", ())))
    words = [schema.get("description", name)]
    if "items" in schema:
        words.append(f"by commas, each {allowed(schema['items'])}")
    elif not choices and allowed(schema) != "text":
        words.append(allowed(schema))
    shown = "" if default is None else f" (default: {_text(default) or 'none'})"
    parser.add_argument(
        _option(name.rpartition(".")[2]),
        action=_AsGiven,
        nargs=1,
        type=partial(parse, name, schema),
        default=None if default is None else _text(default),
        metavar=f"{{{choices}}}" if choices else None,
        help=f"{'; '.join(words)}{shown}".replace("%", "%%"),
    )


class _AsGiven(argparse.Action):
    """Keeps the one value of an option, also `--`, which argparse before Python 3.13 takes out."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401
        option_string: str | None = None,
    ) -> None:
        of_text = cast("Callable[[str], object]", self.type)
        setattr(namespace, self.dest, values[0] if values else of_text("--"))


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _fits(value: object, schema: Schema) -> bool:
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("type") not in ("integer", "number"):
        return re.search(schema.get("pattern", ""), str(value)) is not None
    return (
        isinstance(value, int if schema["type"] == "integer" else float)
        and value >= schema.get("minimum", -math.inf)
        and value <= schema.get("maximum", math.inf)
        and value > schema.get("exclusiveMinimum", -math.inf)
    )
