"""What people did to a picture by hand, as actions of a crate: who, when, why, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from records.layout import EXTERNAL, EXTERNAL_RECORD, RETOUCH, STROKES
from records.provenance.entities import entity, ref, uri
from records.record import read_record


@dataclass(frozen=True)
class Hand:
    """What one person did.

    Attributes
    ----------
    what : in words
    person, why : "" where not told
    first, last : when it began and ended, ISO 8601; "" where not known
    result : logical path of what the person left
    program : that it was done with, where it is not Holostack
    """

    what: str
    person: str
    why: str
    first: str
    last: str
    result: str
    program: str = ""


def hands_of(files: Mapping[str, Path]) -> list[Hand]:
    """Everyone who retouched a stack or gave a picture of it back, as its records tell.

    Parameters
    ----------
    files : logical path → file
    """
    found = []
    if EXTERNAL_RECORD in files:
        known = read_record(files[EXTERNAL_RECORD], "external")
        found.append(
            Hand(
                "The fused image finished in another program: what was done there is not known, "
                "and cannot be made again",
                known["person"],
                known.get("note", ""),
                "",
                known["when"],
                EXTERNAL,
                known["finished_with"],
            )
        )
    if RETOUCH in files:
        for one in read_record(files[RETOUCH], "retouch").get("people", []):
            strokes = one["strokes"]
            words = f"{strokes} stroke{'s' * (strokes != 1)} of the retouching brush"
            why = "; ".join(one["reasons"])
            found.append(Hand(words, one["person"], why, one["first"], one["last"], STROKES))
    return found


def hand_entities(hands: Sequence[Hand]) -> list[dict]:
    """Each person's action, the person, and the program where it was another."""
    graph = []
    for number, hand in enumerate(hands, 1):
        person, program = f"#retoucher-{number}", f"#retouched-with-{number}"
        # A plain Action: the profile allows a CreateAction no instrument but the workflow's tools.
        graph += [
            entity(
                f"#retouching-{number}",
                "Action",
                name=hand.what,
                description=hand.why,
                agent=ref(person) if hand.person else "",
                instrument=ref(program) if hand.program else "",
                result=ref(uri(hand.result)),
                startTime=hand.first,
                endTime=hand.last,
            )
        ]
        if hand.person:
            graph.append(entity(person, "Person", name=hand.person))
        if hand.program:
            graph.append(entity(program, "SoftwareApplication", name=hand.program))
    return graph
