"""Why a lead went no further, as people say it. The words that the services use stay beside it, for filters."""

from typing import Final

NONE: Final = "none"
_WHOLE: Final = {
    NONE: "nothing has stopped it",
    "no_channel": "nobody in the workspace is to be told of leads of this score",
    "missing_domain": "the company has no domain of its own, so nobody could be asked about it",
    "incomplete_company": "the company has no name, so nobody could be asked about it",
    "other": "for a reason that only its story says",
}
_SERVICES: Final = {
    "enrichment": "its enrichment failed",
    "delivery": "telling somebody failed",
    "platform-upload": "its upload failed",
}
_NAMES: Final = {"email": "e-mail", "slack": "Slack"}
_CHANNELS: Final = {"email": "by e-mail", "slack": "in Slack", "webhook": "by webhook"}
_CLASSES: Final = {
    "PermanentError": "it was refused for good",
    "TransientError": "it did not work, however often it was tried",
    "answer_lost": "what the provider was still at got lost",
    "bounced": "the mail server sent it back",
    "cancelled": "somebody cancelled the job",
    "credential": "the credentials were refused",
    "failed": "it was accepted, and then not sent",
    "internal_error": "a fault of our own",
    "malformed_answer": "the answer made no sense",
    "never_finished": "the provider never came to an end",
    "no_answer": "no answer came",
    "not_sent": "it could not be sent",
    "outage": "the other side was down",
    "permanent": "it was refused for good",
    "postgres_unavailable": "our database was away",
    "provider_budget_spent": "the day's budget of calls was spent",
    "spending_cap_reached": "providers had cost as much as they may",
    "suppressed": "the provider sends this address nothing",
    "timeout": "no answer came in time",
    "unanswered": "no answer came, so whether it arrived is not known",
    "undecryptable": "the credentials can't be read with the keys there are",
    "unsafe_url": "its address leads where we don't send",
    "unsendable": "there is nothing in it that could be sent",
    "worker_lost": "the process died each time",
}
_PAUSES: Final = {
    "circuit_open": "too many failures there; a job at a time tries whether it works again",
    "configuration": "the platform refuses how it is set up",
    "connection_disabled": "the connection is switched off",
    "connection_missing": "there is no connection to the platform",
    "connection_paused": "somebody has paused the connection",
    "credential_missing": "nobody has given it a key for the provider",
    "credential_refused": "the credentials were refused",
    "credential_unreadable": "the credentials can't be read with the keys there are",
    "destination_gone": "the destination says that it is gone",
    "flood of bad records": "the topic brought too many bad records",
    "misconfigured": "the service is not set up for it",
    "provider_budget_spent": "the day's budget of calls is spent",
    "quota_exhausted": "the quota is used up",
    "rate_limited": "the other side asked us to wait",
    "sending_only": "the key may send e-mails and ask for nothing",
    "spending_cap_reached": "providers have cost as much as they may",
}


def reason(code: str) -> str:
    """`delivery:email`, `missing_domain` … in words; what nobody knows yet stays as it is."""
    if code in _WHOLE:
        return _WHOLE[code]
    service, _, kind = code.partition(":")
    if service not in _SERVICES:
        return code.replace("_", " ")
    if service == "delivery" and kind in _CHANNELS:
        return f"telling somebody {_CHANNELS[kind]} failed"
    return f"{_SERVICES[service]}: {error_class(kind)}" if kind else _SERVICES[service]


def error_class(name: str | None) -> str:
    if not name:
        return "for no reason that was written down"
    return _CLASSES.get(name, name.replace("_", " "))


def channel_name(code: str) -> str:
    return _NAMES.get(code, code)


def pause(code: str) -> str:
    """What holds jobs: what a service gives as a reason in words; what a person wrote as it is."""
    return _PAUSES.get(code, code)
