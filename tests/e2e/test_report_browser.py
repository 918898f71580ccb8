"""The report in a real headless Chromium, driven over its debugging pipe: light, dark, phone; no error, no request."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cruxbank.report.page import run_report
from tests.report_bank import HOSTILE, bank

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH (apt-get install chromium)")
SECONDS = 60


class Browser:
    """One page of a headless Chromium. Keeps every event that the page sends."""

    def __init__(self, profile: Path) -> None:
        to_us, their_out = os.pipe()
        their_in, to_them = os.pipe()
        quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        # the protocol's two pipes must be numbers 3 and 4 in the child
        plumb = f'exec "$@" 3<&{their_in} 4>&{their_out}'
        command = [str(CHROMIUM), *quiet, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", plumb, "bash", *command],
            pass_fds=(their_in, their_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_in)
        os.close(their_out)
        self._in, self._out = os.fdopen(to_us, "rb"), os.fdopen(to_them, "wb", buffering=0)
        self._watchdog = threading.Timer(SECONDS, self._process.kill)  # a browser that hangs must not hang the suite
        self._watchdog.start()
        self._last, self._session, self._buffer = 0, "", b""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self._watchdog.cancel()
        self._process.kill()
        self._process.wait(timeout=20)
        self._in.close()
        self._out.close()

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = os.read(self._in.fileno(), 1 << 20)
            assert more, "the browser went away"
            self._buffer += more
        line, self._buffer = self._buffer.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._out.write(json.dumps(message).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == self._last:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def open(self, file: Path, *, width: int, scheme: str) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        self.events.clear()
        self.call("Page.navigate", url=file.as_uri())
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._read())

    def eval(self, expression: str) -> Any:
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def shot(self, file: Path, height: float | None = None) -> None:
        size = self.eval("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": height or size[1], "scale": 1}
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(taken["data"]))

    def problems(self) -> list[str]:
        """Console errors, warnings, exceptions, and messages of the security policy."""
        loud = {"Runtime.exceptionThrown", "Log.entryAdded"}
        found = [json.dumps(e) for e in self.events if e.get("method") in loud]
        called = [e for e in self.events if e.get("method") == "Runtime.consoleAPICalled"]
        return found + [json.dumps(e) for e in called if e["params"]["type"] in {"error", "warning", "assert"}]

    def requests(self) -> list[str]:
        sent = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [e["params"]["request"]["url"] for e in sent]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("chromium"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report over a bank whose every text attacks the page. CRUX_REPORT names another file, to look at it."""
    if named := os.environ.get("CRUX_REPORT"):
        return Path(named)
    made = bank(hostile=True)
    try:
        return run_report(made.record, made.run, made.settings, tmp_path_factory.mktemp("report") / "report.html")
    finally:
        made.record.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_opens_without_error_request_or_overflow(
    browser: Browser, page: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    browser.open(page, width=width, scheme=scheme)
    folder = Path(os.environ.get("CRUX_SHOTS", str(tmp_path)))
    browser.shot(folder / f"report-{scheme}-{width}.png")
    assert browser.problems() == []
    assert set(browser.requests()) <= {page.as_uri(), "data:,"}
    assert browser.eval("document.documentElement.scrollWidth") <= width
    dark = browser.eval("getComputedStyle(document.documentElement).colorScheme") == "dark"
    assert dark is (scheme == "dark")
    shot = folder / f"report-{scheme}-{width}.png"
    assert shot.read_bytes().startswith(b"\x89PNG")
    assert shot.stat().st_size > 20_000


def test_no_text_of_the_bank_becomes_markup(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280, scheme="light")
    assert browser.eval("window.pwned") is None
    assert browser.eval("document.querySelectorAll('script').length") == 1
    assert browser.eval("document.querySelectorAll('img, iframe, foreignObject, object, embed').length") == 0
    assert browser.eval("[...document.querySelectorAll('svg.plot')].every(s => s.closest('section'))") is True
    if "CRUX_REPORT" not in os.environ:
        shown = browser.eval("document.body.textContent")
        assert HOSTILE["text"].split(" ")[0] in shown


def test_the_button_turns_the_colours_and_the_choice_stays(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280, scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = browser.eval(paper)
    for expected in ("light", "dark"):
        browser.eval("document.getElementById('theme').click()")
        assert browser.eval("document.documentElement.dataset.theme") == expected
    assert browser.eval(paper) != before
    browser.open(page, width=1280, scheme="light")
    assert browser.eval("document.documentElement.dataset.theme") == "dark"
    browser.eval("document.getElementById('theme').click()")
    assert browser.eval("document.documentElement.dataset.theme") == "auto"
    assert browser.problems() == []


def test_every_drawing_has_a_title_and_a_description(browser: Browser, page: Path) -> None:
    browser.open(page, width=1280, scheme="light")
    named = "[...document.querySelectorAll('svg[role=img]')].map(s => s.getAttribute('aria-labelledby').split(' ')"
    lengths = browser.eval(named + ".map(i => document.getElementById(i).textContent.length))")
    assert len(lengths) >= 8
    assert all(title > 3 and desc > 3 for title, desc in lengths)
    ids = browser.eval("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
