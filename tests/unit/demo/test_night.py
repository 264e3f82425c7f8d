"""Where the demo puts the console."""

import io
import socket
from dataclasses import replace

from rich.console import Console

from leadstream_dev.demo.night import placed
from leadstream_dev.services import CONSOLE


def test_a_port_that_is_taken_is_said_and_another_one_is_found() -> None:
    said = io.StringIO()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        found = placed(replace(CONSOLE, port=taken), Console(file=said))

    assert found.port != taken
    assert said.getvalue() == f"Port {taken} is taken: the console is at {found.port} this time.\n"


def test_of_the_usual_port_nothing_is_said() -> None:
    said = io.StringIO()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    assert placed(replace(CONSOLE, port=port), Console(file=said)).port == port
    assert said.getvalue() == ""
