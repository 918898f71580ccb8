"""What the judging section must say for the judge that the agents section names: one line for every mistake."""

from __future__ import annotations

from cruxbank.config.settings import CASCADE, JURY, LOCAL, SMALLEST_JURY, Settings
from cruxbank.errors import ConfigError

_WORDS = (LOCAL, CASCADE, JURY)


def check_judging(where: str, settings: Settings) -> None:
    """Judges that are named exist and are enough. `where` begins the text of every error.

    Raises:
        ConfigError: the field, what it holds and the way out.
    """
    judging = settings.judging
    for model in settings.models:
        if model.id in _WORDS:
            message = f"{where}models: the id '{model.id}' is a word of agents.judge"
            raise ConfigError(message, hint="give the model another id; `model:` holds the endpoint's name for it")
    if settings.agents.judge == CASCADE and judging.cascade is None:
        message = f"{where}judging.cascade is missing, but agents.judge is cascade"
        raise ConfigError(message, hint="name the model that reads what the local judge is unsure of")
    if settings.agents.judge == JURY:
        _check_jury(where, judging.jury)
    if judging.retry is not None and judging.retry in settings.first_judges:
        message = f"{where}judging.retry: '{judging.retry}' has read the answer already"
        raise ConfigError(message, hint="name a model of another family, or leave it out")


def _check_jury(where: str, members: tuple[str, ...]) -> None:
    twice = sorted({m for m in members if members.count(m) > 1})
    if twice:
        raise ConfigError(f"{where}judging.jury: '{twice[0]}' occurs twice", hint="every member votes once")
    if len(members) < SMALLEST_JURY:
        message = f"{where}judging.jury: {len(members)} members, at least {SMALLEST_JURY} are needed"
        raise ConfigError(message, hint="two judges can only agree or split; `local` may be a third")
