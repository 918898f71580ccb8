"""OpenAI's chat-completions wire: what a request must have, what an answer and an error look like."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cruxbank.simulator.asking import Asked
from cruxbank.simulator.presets import SIMULATOR_VERSION
from cruxbank.simulator.roster import MODELS, known

HEADERS = {"x-cruxbank-simulated": "true"}
_FORMATS = ("text", "json_object", "json_schema")


class BadRequest(Exception):
    """A request that gets an error of OpenAI's shape."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
        self.status = status


def check(body: object) -> Mapping[str, Any]:
    """The body of a request that can be answered.

    Raises:
        BadRequest: 400 for a malformed request, 404 for an unknown model.
    """
    if not isinstance(body, dict):
        raise BadRequest("The body has to be a JSON object.")
    _check_model(body.get("model"))
    _check_messages(body.get("messages"))
    if body.get("n", 1) not in (1, None):
        raise BadRequest("Simulated models give one choice: n must be 1.", param="n", code="unsupported_value")
    if body.get("stream"):
        raise BadRequest("Simulated models do not stream: leave out stream.", param="stream", code="unsupported_value")
    _check_format(body.get("response_format"))
    _check_numbers(body)
    return body


def _check_model(model: object) -> None:
    if not isinstance(model, str) or not model:
        raise BadRequest("you must provide a model parameter", param="model")
    if not known(model):
        message = f"The model `{model}` does not exist or you do not have access to it."
        raise BadRequest(message, param="model", code="model_not_found", status=404)


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages has to be a list that is not empty.", param="messages")
    for k, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise BadRequest(f"messages[{k}] has to be an object with a role.", param=f"messages[{k}]")
        if not isinstance(message.get("content"), str | list | None):
            raise BadRequest(f"messages[{k}].content has to be a string or a list.", param=f"messages[{k}].content")


def _check_format(wanted: object) -> None:
    if wanted is None:
        return
    if not isinstance(wanted, dict) or wanted.get("type") not in _FORMATS:
        raise BadRequest(f"response_format.type has to be one of {', '.join(_FORMATS)}.", param="response_format")
    if wanted["type"] == "json_schema":
        given = wanted.get("json_schema")
        if not isinstance(given, dict) or not given.get("name") or not isinstance(given.get("schema", {}), dict):
            raise BadRequest("response_format.json_schema needs a name and a schema.", param="response_format")


def _check_numbers(body: Mapping[str, Any]) -> None:
    seed, temperature = body.get("seed"), body.get("temperature")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise BadRequest("seed has to be an integer.", param="seed")
    if temperature is not None and (not isinstance(temperature, int | float) or not 0 <= temperature <= 2):
        raise BadRequest("temperature has to be a number from 0 to 2.", param="temperature")


def completion(asked: Asked, identity: str, content: str) -> dict[str, Any]:
    """A chat completion. `created` is no clock: equal requests get equal bytes."""
    sent = sum(4 + tokens(text) for _, text in asked.messages) + 3
    written = tokens(content)
    message = {"role": "assistant", "content": content, "refusal": None}
    return {
        "id": f"chatcmpl-sim-{identity[:24]}",
        "object": "chat.completion",
        "created": 0,
        "model": asked.model,
        "system_fingerprint": f"cruxbank-simulator-{SIMULATOR_VERSION}",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written},
    }


def tokens(text: str) -> int:
    """About what a tokenizer of English gives: a token for every four characters."""
    return -(-len(text) // 4)


def error(message: str, status: int, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The body of an error."""
    kinds = {429: "rate_limit_error", 500: "server_error"}
    return {
        "error": {"message": message, "type": kinds.get(status, "invalid_request_error"), "param": param, "code": code}
    }


def model_list() -> dict[str, Any]:
    """The body of GET /v1/models."""
    rows = [{"id": m.id, "object": "model", "created": 0, "owned_by": f"simulated-{m.family}"} for m in MODELS]
    return {"object": "list", "data": rows}


def short_id(fingerprint: str, world_seed: int) -> str:
    """Identity of an answer: another server seed gives another one."""
    return hashlib.sha256(f"{world_seed}/{fingerprint}".encode()).hexdigest()
