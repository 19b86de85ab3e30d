"""What goes wrong at a rig, as one sentence for the person at the bench."""


class RigError(Exception):
    """Capture cannot go on; the message says what is wrong, where, and what to do."""


class AskedToEnd(RigError):
    """What started a capture is gone, and it ends between two frames."""


class CannotWriteError(RigError):
    """A record or a memory cannot be written; what was written before is whole."""


class RailError(RigError):
    """The rail does not do, or cannot be shown to have done, what it was asked."""


class DoubtfulReleaseError(RailError):
    """Whether the rail fired the camera is not known: it is not told to fire again."""


class PositionLostError(RailError):
    """The rail's count says no more where it stands; a person has to declare it."""


class CameraError(RigError):
    """The camera does not deliver a frame, or not with the settings asked for."""


class CameraBusyError(CameraError):
    """The camera refuses for the moment; the same request may succeed a little later."""
