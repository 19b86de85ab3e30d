"""Send a stop to a port when the process that drives the rail dies.

Run by a link as its own small process: `guard.py <file descriptor> <stop in hex>`, the descriptor
inherited; or of an FTDI chip that is driven without the kernel, `guard.py <address> <stop in hex>
<baud>`.
Its standard input is a pipe that ends when the owner dies, kill -9 included; a byte on it
before means that the owner closed the port properly and nothing is to be sent.
"""

import contextlib
import os
import sys


def main() -> None:
    """Wait for the owner's end."""
    port, stop = sys.argv[1], bytes.fromhex(sys.argv[2])
    if not sys.stdin.buffer.read(1):
        # Where the port is gone as well, there is nothing left to stop through it.
        with contextlib.suppress(OSError):
            if port.isdigit():
                os.write(int(port), stop)
            else:
                from hardware.rails.ftdi import opened

                opened(port, int(sys.argv[3])).write_data(stop)


if __name__ == "__main__":
    main()
