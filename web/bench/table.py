"""The specimen on the table: its number, its views in turn, and what of them is shot.

The sheet stays the truth: who lies on the table is checked against it, and a view gets its row when
it is to be captured, not before: a row that names a rig has the workflow shoot it, with or without
a person at the stand. What is shot the files of the tree tell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.bench import posing
from hardware.bench.config import StackConfig
from hardware.capture.journal import StackFolder
from hardware.desk.desk import Desk
from hardware.errors import RigError
from records.errors import RecordError
from records.layout import CAPTURE, JOURNAL, RAW, RECEIPT
from records.sheet.configuration import check_config, read_configuration
from records.sheet.entering import check_view, enter, known_specimen, rig_cell
from records.sheet.stacks import SheetRow
from web.bench.labels import number_on

TO_SHOOT, SHOOTING, INTERRUPTED, SHOT = "to shoot", "shooting", "interrupted", "shot"
NOBODY = "no specimen is on the table; type or scan its number first"
# For a live picture to come.
LIVE_S = 5.0


@dataclass(frozen=True)
class _Lying:
    """A specimen on the table: its folder, its number, its views in their order, the one shown."""

    specimen: str
    catalog_number: str
    views: tuple[str, ...]
    view: str


class Table:
    """What stands beside the desk for specimens; every method may be called from any thread.

    Parameters
    ----------
    desk : captures, and shows what changed
    data : folder that the trees are in
    workflow : folder of the Snakefile
    captured : are told each stack that is complete, as specimen and view
    """

    def __init__(
        self,
        desk: Desk,
        data: Path,
        workflow: Path,
        captured: Sequence[Callable[[str, str], None]] = (),
    ) -> None:
        self._desk = desk
        self._data = data
        self._workflow = workflow
        self._captured = captured
        self._lock = threading.RLock()
        self._lying: _Lying | None = None
        self._refused = ""
        self._shooting: tuple[str, str] | None = None
        # As `paths.specimens` of the configuration has it, where that was read.
        self._tree = ""

    def deeds(self) -> Mapping[str, Callable[..., object]]:
        """What it can be asked for."""
        return {
            "specimen": self.specimen,
            "view": self.view,
            "next": self.next,
            "read_label": self.read_label,
            "capture": self.capture,
        }

    def picture(self, _: str) -> None:
        """Its pictures are the desk's."""

    def state(self) -> dict[str, Any]:
        """`specimen`, `catalog_number`, `view`, `views` with the state of each, `refused`."""
        with self._lock:
            lying, refused = self._lying, self._refused
            shooting = self._shooting
        if lying is None:
            empty = dict.fromkeys(("specimen", "catalog_number", "view"), "")
            return {**empty, "views": [], "refused": refused}
        return {
            "specimen": lying.specimen,
            "catalog_number": lying.catalog_number,
            "view": lying.view,
            "views": [
                {"view": view, "state": self._state_of(lying.specimen, view, shooting)}
                for view in lying.views
            ],
            "refused": refused,
        }

    def specimen(self, text: str) -> None:
        """Lay a specimen on the table by its number, typed or scanned.

        A number that is refused leaves the table empty: nobody shoots on under the last one.

        Raises
        ------
        RigError, RecordError : why it is refused
        """
        self._refuse_while_shooting()
        with self._lock:
            try:
                config = self._config()
                known = known_specimen(text, config, self._data, self._workflow)
                views = self._views_of(known.rows)
            except RecordError as error:
                self._lying, self._refused = None, str(error)
                self._desk.touch()
                raise
            self._refused = ""
            self._lying = _Lying(known.specimen, known.catalog_number, views, views[0])
            self._turn_to_next()
        self._desk.touch()

    def view(self, view: str) -> None:
        """Choose the view to capture, and turn the specimen to its pose where the rig can.

        A view that is not in the list is added to it.

        Raises
        ------
        RigError, RecordError : why it is refused
        """
        self._refuse_while_shooting()
        check_view(view)
        with self._lock:
            lying = self._known()
            views = lying.views if view in lying.views else (*lying.views, view)
            pose = self._desk.config.rail.pose
            if pose is not None and view in pose.angles_deg:
                self._desk.ask("pose", lambda rig: posing.pose(rig, view))
            self._lying = _Lying(lying.specimen, lying.catalog_number, views, view)
        self._desk.touch()

    def next(self) -> None:
        """Clear the table for the next specimen; views that are not shot are told."""
        self._refuse_while_shooting()
        with self._lock:
            lying = self._known()
            left = [v["view"] for v in self.state()["views"] if v["state"] != SHOT]
            self._lying, self._refused = None, ""
        if left:
            text = f"{lying.catalog_number}: not shot, or not to the end: {', '.join(left)}"
            self._desk.tell(text, "warning")
        self._desk.touch()

    def read_label(self) -> None:
        """Lay the specimen on the table whose label the live picture shows.

        Raises
        ------
        RigError, RecordError : no code is seen, or it is refused
        """
        self._refuse_while_shooting()
        picture = self._desk.live(0, LIVE_S)
        if picture is None:
            raise RigError("label: no picture has come from the camera; take a test shot first")
        self.specimen(number_on(picture.jpeg, self._config()))

    def capture(self) -> None:
        """Capture the view that is chosen, or go on with it; its row is in the sheet then.

        Raises
        ------
        RigError, RecordError : why it is refused
        """
        self._refuse_while_shooting()
        with self._lock:
            lying = self._known()
            specimen, view = lying.specimen, lying.view
            config, rig = self._config(), self._desk.config.path
            folder = self._folder(specimen, view)
            if self._state_of(specimen, view, None) == SHOT:
                raise RigError(
                    f"{specimen}/{view} is shot already; choose another view, or the next specimen"
                )
            entered = enter(
                lying.catalog_number, [view], rig, {}, config, self._data, self._workflow
            )
            row = entered.rows[0]
            self._refuse_other_rig(row)
            stack = StackFolder(specimen, view, folder / RAW, folder / CAPTURE)
            self._shooting = specimen, view
            try:
                self._desk.capture(stack, _given(row), ended=self._ended)
            except RigError:
                self._shooting = None
                raise
        self._desk.touch()

    def _ended(self, failed: str) -> None:
        """A capture is over: turn to the next view where it is complete."""
        with self._lock:
            shot, self._shooting = self._shooting, None
            if not failed and self._lying is not None:
                self._turn_to_next()
        self._desk.touch()
        if shot is not None and not failed:
            for tell in self._captured:
                tell(*shot)

    def _views_of(self, rows: tuple[SheetRow, ...]) -> tuple[str, ...]:
        """The views to capture: those that the sheet names a rig for, else the rig's own list."""
        listed = self._desk.config.views
        imported = {row.view for row in rows if "source" in row.cells}
        named = [row.view for row in rows if "rig" in row.cells]
        wanted = [view for view in listed if view in named or view not in imported]
        views = (*wanted, *(view for view in named if view not in wanted))
        if not views:
            raise RecordError(
                f"specimen {rows[0].specimen}: the frames of {', '.join(sorted(imported))} come "
                "from folders that the sheet names, and no other view is listed in the rig's file "
                "(views)"
            )
        return views

    def _turn_to_next(self) -> None:
        """Choose the first view that is not shot; the chosen one stays where all are."""
        lying = self._known()
        for view in lying.views:
            if self._state_of(lying.specimen, view, None) != SHOT:
                self._lying = _Lying(lying.specimen, lying.catalog_number, lying.views, view)
                return

    def _state_of(self, specimen: str, view: str, shooting: tuple[str, str] | None) -> str:
        folder = self._folder(specimen, view)
        if (specimen, view) == shooting:
            return SHOOTING
        if (folder / CAPTURE).exists() or (folder / RECEIPT).exists():
            return SHOT
        return INTERRUPTED if (folder / JOURNAL).exists() else TO_SHOOT

    def _folder(self, specimen: str, view: str) -> Path:
        return self._data / self._tree / specimen / view

    def _config(self) -> dict[str, Any]:
        """The configuration as it is now; a person may change it beside the bench."""
        config = read_configuration(self._data, self._workflow)
        check_config(config)
        self._tree = config["paths"]["specimens"]
        return config

    def _known(self) -> _Lying:
        if self._lying is None:
            raise RigError(NOBODY)
        return self._lying

    def _refuse_while_shooting(self) -> None:
        if self._shooting is not None:
            raise RigError(
                f"the capture of {'/'.join(self._shooting)} is on; wait for its end, or stop it"
            )

    def _refuse_other_rig(self, row: SheetRow) -> None:
        own = rig_cell(self._desk.config.path, self._data, self._workflow)
        if row.cells["rig"] != own:
            raise RigError(
                f"row {row.row} of the sheet has {row.specimen} {row.view} shot with "
                f"{row.cells['rig']}, and this is {own}; correct the sheet, or use that rig"
            )


def _given(row: SheetRow) -> StackConfig | None:
    """Range and step as the sheet has them; None where it has none of them."""
    cells = {name: row.cells.get(name) for name in ("start_um", "end_um", "step_um")}
    if not any(cells.values()):
        return None
    return StackConfig(**{name: float(text) for name, text in cells.items() if text})
