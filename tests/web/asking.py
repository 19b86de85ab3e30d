"""Ask a server as no browser would: any host, any origin, any path, byte for byte."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """One who asks `127.0.0.1:port`, with the cookie once `enter` was let in."""

    port: int
    cookie: str = ""
    # A process that has just begun, on a machine that has much to do, answers late.
    most_s: float = 60.0
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers) -> Answer:
        """Ask; `headers` by their names with underscores, "" for none of that name."""
        given = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie, **self.headers}
        if method == "POST":
            given |= {
                "Origin": f"http://127.0.0.1:{self.port}",
                "Content-Type": "application/json",
                "Content-Length": str(len(body or b"")),
            }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.most_s)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read())
        finally:
            connection.close()

    def do(self, name: str, **body) -> Answer:
        """Ask for something to be done."""
        return self.ask(f"/do/{name}", "POST", json.dumps(body).encode())

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[Any]]:
        """What a stream of events tells, each as JSON; None where it says that nothing is new."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.most_s)
        connection.request("GET", path, headers={"Cookie": self.cookie})
        response = connection.getresponse()
        assert response.getheader("Content-Type").startswith("text/event-stream")

        def told() -> Iterator[Any]:
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
                elif line.startswith(b":"):
                    yield None

        try:
            yield told()
        finally:
            connection.close()

    def enter(self, address: str) -> Answer:
        """Open the address with the token, and keep the cookie."""
        answer = self.ask(address[address.index("/?") :])
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer
