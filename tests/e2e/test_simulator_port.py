"""The simulator on a loopback port."""

from __future__ import annotations

import socket

import httpx2
import pytest

from cruxbank.errors import EndpointError
from cruxbank.simulator.app import create_app
from cruxbank.simulator.faults import Faults
from cruxbank.simulator.serve import run_server, serving

REQUEST = {"model": "sim-elm-1", "messages": [{"role": "user", "content": "Should rents be capped?"}]}


def test_a_client_on_the_port_gets_what_one_in_process_gets() -> None:
    with serving(create_app(seed=3)) as first, serving(create_app(seed=3)) as second, httpx2.Client() as client:
        told = [client.post(f"{url}/chat/completions", json=REQUEST) for url in (first, second)]
        assert [answer.status_code for answer in told] == [200, 200]
        assert told[0].content == told[1].content
        assert len(client.get(f"{first}/models").json()["data"]) == 28


def test_a_dropped_connection_breaks_on_the_wire() -> None:
    with serving(create_app(faults=Faults(drop=1.0))) as url, httpx2.Client() as client:
        with pytest.raises(httpx2.TransportError):
            client.post(f"{url}/chat/completions", json=REQUEST)
        assert client.get(url.removesuffix("/v1") + "/stats").json()["by_status"] == {"dropped": 1}


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EndpointError, match=f"127.0.0.1:{port}"):
            run_server(create_app(), "127.0.0.1", port)
