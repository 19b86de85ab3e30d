"""A link that expects an exact exchange of bytes."""

from __future__ import annotations


class ExchangeLink:
    """Plays a list of (bytes expected, bytes answered); anything else fails the test."""

    def __init__(self, exchanges: list[tuple[bytes, bytes]]) -> None:
        self._exchanges = list(exchanges)
        self._written = b""
        self._ready = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        assert self._exchanges, f"nothing more was expected, but {data!r} was sent"
        self._written += data
        expected, answer = self._exchanges[0]
        assert expected.startswith(self._written), f"expected {expected!r}, got {self._written!r}"
        if self._written == expected:
            self._exchanges.pop(0)
            self._written = b""
            self._ready += answer

    def read(self, size: int, timeout_s: float) -> bytes:
        got, self._ready = self._ready[:size], self._ready[size:]
        return got

    def drain(self) -> bytes:
        return self.read(len(self._ready), 0)

    def close(self) -> None:
        self.closed = True

    def finished(self) -> bool:
        return not self._exchanges and not self._written
