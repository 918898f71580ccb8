"""The errors that Cruxbank raises, drawn as a tree.

CruxbankError
├── InputError            what a person gave cannot be used (exit code 2)
│   ├── ConfigError       crux.yaml: a field, its value, the way out
│   ├── TopicsError       a topics file: its line or column
│   ├── ValueSystemError  a value system file
│   └── PromptError       a prompt file: a missing or undeclared variable
├── EnvironmentProblem    the machine or a service is not ready (exit code 2)
│   ├── KeyMissing        an environment variable with a key is not set
│   ├── EndpointError     an endpoint refuses or cannot be reached
│   ├── BankLocked        another run holds the bank
│   ├── BankMismatch      the bank was made with another encoder, value system or schema
│   └── StoreError        a database or disk refuses
├── BudgetExhausted       a budget ended (exit code 0: that is how a run ends)
├── TooMuchUnscored       the instrument failed too often (exit code 3)
└── ModelFailure          one call failed after its retries; becomes data at the seam

Every error has one line of text, `hint` (what to do) and `retryable` (may the same call succeed later?).
"""

from __future__ import annotations


class CruxbankError(Exception):
    """Root of the tree. `exit_code` is what the command line returns."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retryable = retryable

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class InputError(CruxbankError):
    """What a person gave cannot be used."""

    exit_code = 2


class ConfigError(InputError):
    """A field of crux.yaml, or a flag, has a value that cannot be used."""


class TopicsError(InputError):
    """A topics file cannot be read."""


class ValueSystemError(InputError):
    """A value system file is not valid."""


class PromptError(InputError):
    """A prompt file is not valid, or was rendered with other variables than it declares."""


class EnvironmentProblem(CruxbankError):
    """The machine or a service is not ready."""

    exit_code = 2


class KeyMissing(EnvironmentProblem):
    """The environment variable that should hold a key is not set."""


class EndpointError(EnvironmentProblem):
    """An endpoint refuses every call (bad key, unknown model) or cannot be reached."""


class BankLocked(EnvironmentProblem):
    """Another process holds the bank's lock."""


class BankMismatch(EnvironmentProblem):
    """The bank was made with another encoder, value system or schema."""


class StoreError(EnvironmentProblem):
    """A database or the disk refuses to read or write."""


class BudgetExhausted(CruxbankError):
    """A budget ended. Not a fault: it is how a run ends."""

    exit_code = 0


class TooMuchUnscored(CruxbankError):
    """More responses than the limit could not be read by the judge."""

    exit_code = 3


class ModelFailure(CruxbankError):
    """One call failed after its retries. `reason` is one of the enumerated failures of `items.FailureReason`."""

    def __init__(self, message: str, *, reason: str, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.reason = reason
