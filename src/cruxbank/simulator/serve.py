"""The simulator on a port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from cruxbank.errors import EndpointError
from cruxbank.simulator.app import create_app
from cruxbank.simulator.faults import Faults

Ready = Callable[[str, int], None]
_PATIENCE = 10.0  # seconds for a server thread to start or stop


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    seed: int = 0,
    preset: str = "opinionated",
    delay: tuple[float, float] = (0, 0),
    faults: Faults | None = None,
    on_ready: Ready | None = None,
) -> None:
    """Serve simulated models until interrupted. Port 0 takes a free one; `on_ready(host, port)` learns which.

    Raises:
        EndpointError: the address cannot be used.
    """
    run_server(create_app(seed=seed, preset=preset, delay=delay, faults=faults), host, port, on_ready)


def run_server(app: ASGIApp, host: str, port: int, on_ready: Ready | None = None) -> None:
    """Serve an app until interrupted; `on_ready` is called once connections are accepted.

    Raises:
        EndpointError: the address cannot be used.
    """
    with _bind(host, port) as bound:
        _Server(app, bound.getsockname()[:2], on_ready).run(sockets=[bound])


@contextmanager
def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The same in a thread, for tests and benches: gives the base URL and stops at the end of the block."""
    ready = threading.Event()
    with _bind(host, port) as bound:
        address = bound.getsockname()[:2]
        server = _Server(app, address, lambda *_: ready.set())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        if not ready.wait(_PATIENCE):
            raise EndpointError(f"simulator on {address[0]}:{address[1]} did not start", hint="see the log")
        try:
            yield f"http://{address[0]}:{address[1]}/v1"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)


class _Server(uvicorn.Server):
    """Says when it is ready, and writes no log of its own."""

    def __init__(self, app: ASGIApp, address: tuple[str, int], on_ready: Ready | None) -> None:
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        super().__init__(config)
        self._address = address
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready is not None:
            self._on_ready(*self._address)


def _bind(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=2048)
    except (OSError, OverflowError) as error:
        raise EndpointError(
            f"simulator: cannot listen on {host}:{port} ({error})", hint="choose another port, or 0"
        ) from error
