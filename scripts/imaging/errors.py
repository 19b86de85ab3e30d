"""The one exception that `imaging` raises for what a person can put right."""


class ImagingError(Exception):
    """A picture cannot be used; the message says which, why, and what to do."""
