"""A rule to begin with: it works as it stands, and shows where everything goes."""

from __future__ import annotations

import re
from pathlib import Path

from analyzer.diagnosis.catalogue import HOW_TO_ADD, load_catalogue
from analyzer.diagnosis.pages import STAGES
from analyzer.diagnosis.toml_fields import near
from analyzer.errors import UsageError

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_ID = 80

_PAGE = '''\
title = "The client answered the request with an empty Certificate message"
# At most so bad (failure, warning or note) and at most so sure (proved, likely or possible); a match may be less.
severity = "warning"
confidence = "possible"
# What it is a property of: login, request, certificate, proof or connection.
about = "login"
# One or two sentences; words in braces are filled from the values of the match.
message = "The server asked for a client certificate; the client, which spoke {version}, had none to send."
why = """
Why this happens, and how it is told apart from what looks like it. Markdown.
"""
citations = ["RFC 5246 section 7.4.6"]
# Where both match: rules that are the cause of this one, and rules that this one is the cause of.
explained_by = []
explains = []

[[fixes]]
who = "client"  # client, server, ca or network
text = "What to change, and how to check that it worked."

[cases]
# Handshakes told in a line, or captures, relative to this page: "../../captures/alice-failed.pcap".
match = [{ version = "TLS 1.2", client_certificate = "empty" }]
clear = [
    { version = "TLS 1.2", requested = "yes", client_certificate = "absent" },
    { version = "TLS 1.2", requested = "no" },
]
'''

_PREDICATE = '''\
"""The client's Certificate message was empty."""

from analyzer.rule_api import Case, Evidence, Match, need, version_name


def check(case: Case) -> Match | None:
    """Was it? Where that could not be seen, need() ends the rule, undecided."""
    answer = need(case.handshake.client_certificate)
    if not answer.empty:
        return None
    seen = Evidence(answer.packet, "the client's Certificate message is empty")
    return Match((seen,), {"version": version_name(need(case.handshake.version))})
'''


def write_rule(rule: str, stage: str, folder: Path) -> tuple[Path, Path]:
    """Write a page and a predicate with this id, and return where they are.

    Raises:
        UsageError: the id or the stage cannot be, there is such a rule, or nothing can be written there.
    """
    if not _ID.fullmatch(rule) or len(rule) > _LONGEST_ID:
        raise UsageError(
            f'"{rule}" is no id for a rule.', "Lower-case words with hyphens between them: server-asks-for-old-ca."
        )
    stage = re.sub("[ -]", "_", stage)  # "never asked" is how the catalogue shows it
    if stage not in STAGES:
        raise UsageError(f'There is no stage "{stage}"{near(stage, STAGES)}.', f"One of {', '.join(STAGES)}.")
    known = load_catalogue().get(rule)
    if known is not None:
        raise UsageError(f'There is a built-in rule "{rule}": {known.source}.', "Another id.")
    stem = rule.replace("-", "_")
    for other in STAGES:
        for path in (folder / other / f"{stem}.toml", folder / other / f"{stem}.py"):
            if path.exists():
                raise UsageError(f'There is a rule "{rule}" already: {path}.', "Another id, or change that one.")
    page, predicate = folder / stage / f"{stem}.toml", folder / stage / f"{stem}.py"
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        for path, text in ((page, _PAGE), (predicate, _PREDICATE)):
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"The rule cannot be written to {page.parent}: {error.strerror}.", HOW_TO_ADD) from None
    return page, predicate
