"""Who takes tables over, by the name in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from records.handover import arctos, specify, symbiota, taxonworks
from records.handover.lacking import Lack
from records.handover.stack import Stack

Row = dict[str, str]


@dataclass(frozen=True)
class Receiver:
    """A database of museums.

    Attributes
    ----------
    columns : of the table that it reads
    rows : makes rows of stacks, and tells what is lacking; a stack without what must be there has
        no row
    """

    columns: Collection[str]
    rows: Callable[[Sequence[Stack]], tuple[list[Row], list[Lack]]]


RECEIVERS: Mapping[str, Receiver] = {
    "arctos": Receiver(arctos.COLUMNS, arctos.rows),
    "specify": Receiver(specify.COLUMNS, specify.rows),
    "symbiota": Receiver(symbiota.COLUMNS, symbiota.rows),
    "taxonworks": Receiver(taxonworks.COLUMNS, taxonworks.rows),
}
