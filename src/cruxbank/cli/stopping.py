"""A request to end, as a system sends it when it shuts down (SIGTERM), handled like Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stoppable(message: str) -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does: what was half made is removed, and `message` is the last line."""
    main = threading.current_thread() is threading.main_thread()  # no other thread may ask for signals
    before = signal.signal(signal.SIGTERM, _stop) if main else None
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(message) from None
    finally:
        if main:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
