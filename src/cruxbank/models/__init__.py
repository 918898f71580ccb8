"""The one seam to language models: client, ledger, limiter, budget, structured output."""
