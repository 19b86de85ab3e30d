"""The one exception that `records` raises for what a person can put right."""


class RecordError(Exception):
    """A file or a fact about it is wrong; the message says which, why, and what to do."""
