"""Send a stop to an inherited port when the process that drives the rail dies.

Run by link.SerialLink as its own small process: `guard.py <file descriptor> <stop in hex>`.
Its standard input is a pipe that ends when the owner dies, kill -9 included; a byte on it
before means that the owner closed the port properly and nothing is to be sent.
"""

import contextlib
import os
import sys


def main() -> None:
    """Wait for the owner's end."""
    port, stop = int(sys.argv[1]), bytes.fromhex(sys.argv[2])
    if not sys.stdin.buffer.read(1):
        # Where the port is gone as well, there is nothing left to stop through it.
        with contextlib.suppress(OSError):
            os.write(port, stop)


if __name__ == "__main__":
    main()
