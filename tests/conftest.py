"""Fixtures that every test may use, and the guard that keeps tests on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Ctrl-C works in the commands that tests start. Shells start what they put in the background with it ignored, children
    inherit that, and a command that is interrupted then goes on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with recorded data, beside the checkout. Absent outside the team's machines."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return folder


class LeftLoopback(AssertionError):
    """A test reached for another machine."""


class Guard:
    """Lets connections to loopback and Unix sockets through; `off` is set for tests marked `live` only."""

    off = False

    def address(self, sock: socket.socket, address: Any) -> None:
        """Refuse an address that is not on this machine."""
        if sock.family != socket.AF_UNIX:
            self.host(address[0] if isinstance(address, tuple) else address)

    def host(self, host: Any) -> None:
        """Refuse a host that is not loopback; asking a name server about a name is a connection too."""
        name = host.decode() if isinstance(host, bytes) else host
        if not self.off and name not in {None, "", "localhost"} and not _loopback(str(name)):
            raise LeftLoopback(f"tests may connect to loopback only, not to {name!r}")


def _loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


@pytest.fixture(scope="session", autouse=True)
def guard() -> Iterator[Guard]:
    """Only loopback, for the whole session (this process; commands that tests start get endpoints on loopback)."""
    guard = Guard()
    with pytest.MonkeyPatch.context() as patch:
        for name, place in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
            patch.setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name), guard, place))
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            patch.setattr(socket, name, _guarded_lookup(getattr(socket, name), guard))
        patch.setattr(asyncio.BaseEventLoop, "create_connection", _guarded_loop(guard))
        yield guard


def _guarded_method(real: Callable[..., Any], guard: Guard, place: int) -> Callable[..., Any]:
    def method(self: socket.socket, *arguments: Any) -> Any:
        guard.address(self, arguments[place])
        return real(self, *arguments)

    return method


def _guarded_lookup(real: Callable[..., Any], guard: Guard) -> Callable[..., Any]:
    def lookup(host: Any, *arguments: Any, **named: Any) -> Any:
        guard.host(host)
        return real(host, *arguments, **named)

    return lookup


def _guarded_loop(guard: Guard) -> Callable[..., Any]:
    real = asyncio.BaseEventLoop.create_connection

    async def create_connection(self: Any, factory: Any, host: Any = None, *arguments: Any, **named: Any) -> Any:
        guard.host(host)
        return await real(self, factory, host, *arguments, **named)

    return create_connection


@pytest.fixture(autouse=True)
def _live_tests_may_leave(request: pytest.FixtureRequest, guard: Guard) -> Iterator[None]:
    guard.off = request.node.get_closest_marker("live") is not None
    yield
    guard.off = False
