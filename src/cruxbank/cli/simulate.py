"""`crux simulate`: the simulated panel on a port, for any OpenAI client."""

from __future__ import annotations

from typing import Annotated

import typer

from cruxbank.cli.console import guarded, out, out_json, say
from cruxbank.cli.options import AsJson


@guarded
def simulate(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 chooses a free one.")
    ] = 8765,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the simulated world.")] = 0,
    delay: Annotated[float, typer.Option("--delay", min=0, help="Longest random delay of an answer in seconds.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Serve the simulated models over the OpenAI chat-completions wire. GET /stats counts the requests.

    Example: crux simulate --port 8765
    """
    from cruxbank.simulator.app import create_app
    from cruxbank.simulator.serve import run_server

    def ready(bound: str, at: int) -> None:
        url = f"http://{bound}:{at}/v1"
        if as_json:
            out_json({"base_url": url})
        else:
            out(f"{url}")
        say("Simulated models: what they say means nothing about any real model. Stop with Ctrl-C.")

    run_server(create_app(seed=seed, delay=(0.0, delay)), host, port, ready)
