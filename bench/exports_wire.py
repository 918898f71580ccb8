"""What a tool says over the network: a proxy that refuses and notes, and a chat endpoint that notes and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

LOCAL = "127.0.0.1,localhost"


@dataclass
class Wire:
    """Where the endpoint listens and what has come."""

    address: str = ""
    outside: list[str] = field(default_factory=list)
    """Hosts that were asked for through the proxy. Nothing left the machine."""
    chats: list[Any] = field(default_factory=list)
    """The `messages` of each chat request."""

    def env(self) -> Mapping[str, str]:
        """Variables that send a tool's calls here: other hosts to the proxy, OpenAI's to the endpoint."""
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self.address)
        own = {"OPENAI_BASE_URL": f"{self.address}/v1", "OPENAI_API_KEY": "none"}
        return proxies | own | {"NO_PROXY": LOCAL, "no_proxy": LOCAL}


@contextmanager
def wire() -> Iterator[Wire]:
    """Listen on a free port of this machine until the block ends."""
    heard = Wire()

    class Handler(_Handler):
        wire = heard

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield heard
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    wire: Wire

    def do_POST(self) -> None:
        """A chat is answered, anything else is a call to the outside."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self.path.startswith("/v1/chat/completions"):
            self._refuse()
            return
        self.wire.chats.append(json.loads(body)["messages"])
        self._say(json.dumps(ANSWER).encode())

    def do_CONNECT(self) -> None:
        """A call to the outside by TLS."""
        self._refuse()

    def do_GET(self) -> None:
        """A call to the outside."""
        self._refuse()

    def _refuse(self) -> None:
        self.wire.outside.append(self.path)
        self.send_error(502)

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Not on the console."""


ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 0,
    "model": "none",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
