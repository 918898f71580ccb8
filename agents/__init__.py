"""Generator, critic, respondent, judge: one role a file, LLM-backed and local."""
