"""Who of a run's agents shares a family with the models that are compared."""

from __future__ import annotations

from cruxbank.config.settings import LOCAL, Settings


def own_family(settings: Settings) -> dict[str, str]:
    """Model id -> role (`judge` or `generator`) of every judge and generator whose family is in the scoring panel.

    A judge may find more in answers of its own family, a writer may ask what its own family answers well. Judges come
    first; a model that does both is listed as judge.
    """
    panel = {settings.model(m).family for m in settings.panels.scoring}
    roles = dict.fromkeys((m for m in settings.judges if m != LOCAL), "judge")
    if settings.agents.generator != LOCAL:
        roles.setdefault(settings.agents.generator, "generator")
    return {model: role for model, role in roles.items() if settings.model(model).family in panel}


def shared_families(settings: Settings) -> tuple[str, ...]:
    """What makes the judges less than independent, one line each: members of one family, or of the panel's.

    Models of one family share training and count as one voice; a judge may favour answers of its own family.
    """
    families = {model: settings.model(model).family for model in settings.judges}
    found = []
    for place, model in enumerate(settings.first_judges):
        twin = next((other for other in settings.first_judges[:place] if families[other] == families[model]), None)
        if twin is not None:
            found.append(f"'{twin}' and '{model}' share the family '{families[model]}': two votes of one voice")
    return (
        *found,
        *(
            f"'{model}' is of the panel's family '{families[model]}' and may favour its answers"
            for model, role in own_family(settings).items()
            if role == "judge"
        ),
    )
