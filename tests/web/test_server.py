import socket
from contextlib import ExitStack

import pytest

from hardware.errors import RigError
from tests.web.asking import Client
from tests.web.review import trees
from web.review.app import application
from web.safety import Safety
from web.server import PORTS, listening, serving


def test_a_port_in_use_leads_to_the_next_that_is_free() -> None:
    first = listening(18710)
    port = first.getsockname()[1]
    second = listening(port)
    third = listening(port)
    try:
        assert port < second.getsockname()[1] < third.getsockname()[1]
    finally:
        for one in (first, second, third):
            one.close()


def test_only_this_computer_can_reach_it() -> None:
    with listening(18710) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        # All of 127/8 is this computer; what listens on every address would answer there too.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", listener.getsockname()[1]), 2)


def test_where_no_port_is_free_it_says_which_were_tried() -> None:
    with pytest.raises(RigError, match=r"^web: the ports 65530 to 65535 are in use; give another"):
        listeners = []
        try:
            for _ in range(PORTS):
                listeners.append(listening(65530))
        finally:
            for listener in listeners:
                listener.close()


def test_a_page_that_still_listens_is_no_fault_when_the_server_ends(tmp_path, capfd) -> None:
    listener = listening(18720)
    client = Client(listener.getsockname()[1])
    site = application(trees.stack(tmp_path))
    with ExitStack() as page:
        with serving(Safety(site, "the-token", "cookie"), listener):
            assert client.enter("/?token=the-token").status == 303
            told = page.enter_context(client.stream("/events"))
            assert next(told) == {"run": None}
        # The stream has come to its end; nothing was cut off.
        assert list(told) == []
    assert capfd.readouterr().err == ""
