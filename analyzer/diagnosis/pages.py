"""A rule's page: what it says, how sure and how bad it may be at most, why, and who can do something about it.

Pages are TOML; a key that is not known here is refused, so that a misspelling is found at once. Whoever only wants to
read a page pays for no other room: the model is imported when a finding asks for its ceilings.
"""

from __future__ import annotations

import datetime
import enum
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from analyzer.errors import RulePageError

if TYPE_CHECKING:
    from analyzer.model import Confidence, Severity

STAGES = (
    "never_asked",
    "bad_request",
    "unanswered",
    "refused",
    "proof",
    "transport",
    "negotiation",
    "server_certificate",
    "succeeded",
)
"""In the order of a handshake's life; also the folders of ``rules/``."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Size = Annotated[int, msgspec.Meta(ge=0)]
Who = Literal["client", "server", "ca", "network"]


class About(enum.StrEnum):
    """What the condition is a property of; decides which finding may be the verdict."""

    LOGIN = "login"
    """What the two sides did about the client's certificate: asked, answered, refused."""
    REQUEST = "request"
    """The CertificateRequest alone."""
    CERTIFICATE = "certificate"
    """The client's certificate."""
    PROOF = "proof"
    CONNECTION = "connection"
    """The connection or its negotiation."""


_CHECK = re.compile(r"\s+Check: ")


class Fix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one side can change, and how to check that it worked."""

    who: Who
    text: Text
    """What to change, then ``Check:`` and how to see that it worked."""
    product: str | None = None
    action: Text | None = None
    """What products are set with to do this: a file of ``rules/fixes/``."""

    @property
    def what(self) -> str:
        """The text as far as the check."""
        return _CHECK.split(self.text.strip(), maxsplit=1)[0]

    @property
    def check(self) -> str | None:
        """How to see that it worked."""
        return next(iter(_CHECK.split(self.text.strip(), maxsplit=1)[1:]), None)


class InlineCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A handshake told in a line, so that a rule can stand alone. What it does not say could not be seen.

    Files are relative to the page: PEM, DER or PKCS#12.
    """

    version: Literal["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"] | None = None
    phase: Literal["initial", "renegotiation", "post-handshake"] = "initial"
    outcome: Literal["completed", "failed_by_server", "failed_by_client", "aborted", "undetermined"] | None = None
    """By default what the alerts and the end tell."""
    resumed: bool | None = None
    server_certificate: Text = "unknown"
    """``unknown``, ``absent``, or a file with the chain as it was sent."""
    requested: Literal["yes", "no", "unknown"] | None = None
    """By default ``yes`` where anything is said of a request or of an answer to it."""
    ca_names: tuple[Text, ...] = ()
    """As RFC 4514 writes names: ``CN=Corp Root,O=Corp``."""
    ca_list_bytes: Size | None = None
    """The list's length as it states it; by default what these names take. It tells of more names than are said."""
    ca_list_bytes_actual: Size | None = None
    """What its names really take; by default what it states."""
    request_bytes: Size | None = None
    """Length of the CertificateRequest message with its header; by default what all this takes."""
    request_records: Size | None = None
    """TLS records that carried it; by default one."""
    certificate_types: tuple[Text, ...] | None = None
    """As the registry calls them: ``rsa_sign``."""
    signature_schemes: tuple[Text, ...] | None = None
    client_certificate: Text | None = None
    """``unknown``, ``absent``, ``empty``, or a file with the chain as it was sent."""
    certificate_verify: Literal["valid", "invalid", "unchecked", "absent", "unknown"] | None = None
    alerts: tuple[Text, ...] = ()
    """``server fatal handshake_failure``"""
    server_data: Literal["sent", "absent", "unknown"] = "unknown"
    """Application data of the server."""
    ended_by: Literal["client", "server"] | None = None
    """Who closed the connection first."""
    at: datetime.datetime | None = None
    """When all this was; UTC where no zone is said."""
    supplied: Text | None = None
    """The file that the user gave with ``--client-cert``."""
    trust: Text | None = None
    """The file that the user gave with ``--trust``."""
    certificate_expected: bool = False
    """The user named this server with ``--server``."""


class RuleCases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In which the rule must match and must not: captures, relative to the page, or handshakes told in a line.

    A capture is a file, or a folder with ``capture.pcap``; a ``truth.toml`` in the folder may name other files.
    """

    match: tuple[Text | InlineCase, ...]
    clear: tuple[Text | InlineCase, ...]


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule's page."""

    title: Text
    severity: Literal["failure", "warning", "note"]
    confidence: Literal["proved", "likely", "possible"]
    about: About
    message: Text
    """One or two sentences without jargon; ``{placeholders}`` are filled from the match."""
    why: Text
    """Markdown."""
    citations: tuple[Text, ...]
    cases: RuleCases
    fixes: tuple[Fix, ...] = ()
    needs: str = ""
    """What would settle it where it could not be decided."""
    explained_by: tuple[str, ...] = ()
    """Rules that are this symptom's cause where both match, the most specific first."""
    explains: tuple[str, ...] = ()
    """The same from the cause's side: the symptoms of this rule. A new cause so touches no other page."""
    fails_after_completion: bool = False
    """It may be a failure although TLS completed: the server dropped the login straight after it."""
    aliases: tuple[str, ...] = ()
    """Earlier ids."""
    not_observed: str = ""
    """What no real run of ours has shown."""

    @property
    def max_severity(self) -> Severity:
        """The ceiling of a finding's severity."""
        return _ceilings(self.severity, self.confidence)[0]

    @property
    def max_confidence(self) -> Confidence:
        """The ceiling of a finding's confidence."""
        return _ceilings(self.severity, self.confidence)[1]


@lru_cache(maxsize=9)
def _ceilings(severity: str, confidence: str) -> tuple[Severity, Confidence]:
    from analyzer.model import Confidence, Severity

    return Severity[severity.upper()], Confidence[confidence.upper()]


def rules_folder() -> Path:
    """Where the built-in rules are."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_rules"
    return shipped if shipped.is_dir() else package.parent / "rules"


def read_page(path: Path) -> Page:
    """The page in a file.

    Raises:
        RulePageError: it cannot be read.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Page)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError, RecursionError) as error:
        raise RulePageError(f"The page {path} cannot be read: {error}.") from error


@lru_cache(maxsize=256)
def find_page(rule: str) -> Page | None:
    """The page of the built-in rule with this id, without loading any rule."""
    stem = rule.replace("-", "_")
    paths = (rules_folder() / stage / f"{stem}.toml" for stage in STAGES)
    return next((read_page(path) for path in paths if path.is_file()), None)
