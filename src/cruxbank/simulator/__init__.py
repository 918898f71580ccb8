"""An OpenAI-compatible server of simulated models whose true values are known.

app         the ASGI app                serve      the app on a port
roster      the models                  presets    sizes of everything latent
features    what a question is about    traits     what is hidden in a model
response    stance and values planned   prose      the plan in words
writer, reviewer, reader                the models as question writer, critic and judge
truth       true values and true separation; for benches only
"""
