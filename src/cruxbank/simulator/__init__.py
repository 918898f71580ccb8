"""An OpenAI-compatible server of simulated models whose true values are known.

app         the ASGI app                serve      the app on a port
roster      the models                  presets    sizes of everything latent
features    what a question is about    traits     what is hidden in a model
response    stance and values planned   prose      the plan in words
respondent  the models as panel: questions, dilemmas, scenarios
writer, kind_writer, reviewer, translator, reader
            the models as question writer, critic, translator and judge
sights      a judge's words and planted errors     faulty, naive   judges with a fault of their own
kinds       what a dilemma or scenario is about    tongues         languages, and a gloss that can be undone
targets     what is planted in the targets of probing sessions       target_reply, odd_targets   how they answer
propositions, conversation   what a target takes a text, and a conversation, to say
dif         planted differences between languages
truth       true values and true separation; for benches only
"""
