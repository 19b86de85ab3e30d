"""The part of pyftdi's `Ftdi` that is used, in front of the pty that FAKE_FTDI_PORT names."""

from __future__ import annotations

import os
from enum import IntEnum


class FtdiError(IOError):
    """As pyftdi's."""


class Ftdi:
    """An FTDI chip; what is done to it is written to FAKE_FTDI_LOG."""

    class BitMode(IntEnum):
        """Of its pins."""

        RESET = 0x00
        CBUS = 0x20

    def __init__(self) -> None:
        flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK
        self._port = os.open(os.environ["FAKE_FTDI_PORT"], flags)

    @classmethod
    def create_from_url(cls, url: str) -> Ftdi:
        if "nowhere" in url:
            raise FtdiError("no such device")
        device = cls()
        device._log(f"open {url}")
        return device

    def set_baudrate(self, baudrate: int) -> int:
        self._log(f"baud {baudrate}")
        return baudrate

    def set_line_property(self, bits: int, stopbit: int, parity: str) -> None:
        self._log(f"line {bits} {stopbit} {parity}")

    def set_bitmode(self, bitmask: int, mode: Ftdi.BitMode) -> None:
        self._log(f"bitmode {bitmask:#x} {int(mode):#x}")

    def write_data(self, data: bytes) -> int:
        self._log(f"write {data.hex()}")
        return os.write(self._port, data)

    def read_data_bytes(self, size: int) -> bytearray:
        try:
            return bytearray(os.read(self._port, size))
        except BlockingIOError:
            return bytearray()

    def close(self) -> None:
        self._log("close")
        os.close(self._port)

    def _log(self, what: str) -> None:
        with open(os.environ["FAKE_FTDI_LOG"], "a") as log:
            log.write(f"{what}\n")
