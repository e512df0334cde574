"""The JSON report, field by field: schema_version 1. Other programs read this; a field never changes its meaning.

Made of plain values only, so that :mod:`analyzer.render.schema` can write its JSON Schema. Values that could not
be seen are null, and the handshake's ``unseen`` says why.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

HowSure = Literal["proved", "likely", "possible"]
HowBad = Literal["failure", "warning", "note"]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Complete when made, and no more in it than is declared."""


class Tool(_Struct, frozen=True):
    """The program that wrote the report."""

    name: str
    version: str


class Truncated(_Struct, frozen=True):
    """Where an input stopped making sense."""

    packet: int
    why: str


class Input(_Struct, frozen=True):
    """One capture, as far as it was read."""

    path: str
    format: str
    packets: int
    bytes: int
    truncated: Truncated | None


class Problem(_Struct, frozen=True):
    """Something that limited the analysis."""

    kind: str
    text: str
    input: int | None
    connection: int | None
    packet: int | None


class Endpoint(_Struct, frozen=True):
    """One end of a connection."""

    address: str
    port: int


class Ending(_Struct, frozen=True):
    """Who closed first, and how."""

    by: Literal["client", "server", "none"]
    how: Literal["fin", "rst", "capture-end", "idle"]


class Stack(_Struct, frozen=True):
    """A TLS implementation that was recognised by what it sent; never proved."""

    name: str
    """The library; in front of it the program, where that can be told: ``curl (OpenSSL)``."""
    confidence: HowSure
    why: str
    products: tuple[str, ...]
    """What it may stand for, in the words of the fixes."""


class Stacks(_Struct, frozen=True):
    """What both ends run, where it was recognised."""

    client: Stack | None
    server: Stack | None


class Difference(_Struct, frozen=True):
    """A fact that was seen of both connections and is not the same."""

    fact: str
    here: str
    there: str


class Related(_Struct, frozen=True):
    """Another connection of the same input that explains this one, and where to look in it.

    ``relation`` is what it is to this one: ``resumes`` its session; given up and ``repeated-by`` it, or, the other way
    round, ``repeats`` it; opened and left ``unused-beside`` it; ``reused`` for the name that it was made for; it
    ``works`` where this one failed. Only the first is certain.
    """

    connection: int
    relation: Literal["resumes", "offered-session", "repeated-by", "repeats", "unused-beside", "reused", "works"]
    packet: int
    why: str
    """Goes on after "connection N"."""
    differs: tuple[Difference, ...]
    """Where one that failed is compared with one that works."""


class ClientHello(_Struct, frozen=True):
    """What the client offered."""

    packet: int
    versions: tuple[str, ...]
    post_handshake_auth: bool


class Certificate(_Struct, frozen=True, kw_only=True):
    """One certificate of a chain, leaf first; times are RFC 3339 in UTC, null where they cannot be read.

    One that cannot be read keeps its place as ``error`` and ``sha256`` alone.
    """

    error: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    issuer: str | UnsetType = UNSET
    serial: str | UnsetType = UNSET
    not_before: str | UnsetType | None = UNSET
    not_after: str | UnsetType | None = UNSET
    key: str | UnsetType = UNSET
    key_usage: tuple[str, ...] | UnsetType | None = UNSET
    extended_key_usage: tuple[str, ...] | UnsetType | None = UNSET
    sha256: str


class ServerCertificate(_Struct, frozen=True):
    """The server's Certificate message."""

    status: Literal["sent", "absent", "unknown"]
    packet: int | None
    chain: tuple[Certificate, ...]


class CaName(_Struct, frozen=True):
    """One name that the server says it will take."""

    name: str
    kind: Literal["root", "intermediate", "end-entity", "unknown"]
    kind_from: Literal["server-chain", "client-chain", "trust", "client-cert"] | None
    matches: Literal["exact", "normalised"] | None
    bytes: int


class CertificateRequest(_Struct, frozen=True):
    """The server's CertificateRequest."""

    packet: int
    ca_names: tuple[CaName, ...]
    ca_list_bytes: int
    ca_list_bytes_actual: int
    certificate_types: tuple[str, ...] | None
    signature_schemes: tuple[str, ...] | None


class ClientCertificate(_Struct, frozen=True):
    """The client's answer."""

    status: Literal["sent", "empty", "absent", "unknown"]
    packet: int | None
    chain: tuple[Certificate, ...]


class CertificateVerify(_Struct, frozen=True):
    """The client's proof that it holds the private key; ``valid`` is null where it was not checked."""

    status: Literal["present", "absent", "unknown"]
    packet: int | None
    scheme: str | None
    valid: bool | None


class Controls(_Struct, frozen=True):
    """Signatures and hashes that show whether the transcript was read rightly; null where not checked."""

    server_key_exchange: bool | None
    server_certificate_verify: bool | None
    client_finished: bool | None
    server_finished: bool | None


class Alert(_Struct, frozen=True):
    """An alert that could be read; ``description`` is the RFC's name."""

    sender: Literal["client", "server"]
    level: str
    description: str
    packet: int


class Application(_Struct, frozen=True):
    """What the application answered, where it could be read."""

    protocol: str
    status: str
    packet: int


class WouldMatch(_Struct, frozen=True):
    """Would a client of each kind have sent the certificate? Null where that is open."""

    direct_issuer: bool | None
    chain_builder: bool | None
    ignores_list: bool | None


class Obstacle(_Struct, frozen=True):
    """What keeps the certificate from being sent, or from being of use."""

    code: str
    text: str


class Supplied(_Struct, frozen=True):
    """The user's own certificate held against the request."""

    file: str
    leaf: Certificate
    has_key: bool
    obstacles: tuple[Obstacle, ...]
    would_match: WouldMatch | None


class Inferred(_Struct, frozen=True):
    """A fact that was concluded from the sizes and the order of encrypted records, not read."""

    value: bool | str
    confidence: HowSure
    why: str
    alternatives: tuple[str, ...]
    """Other readings that fit as well."""
    packets: tuple[int, ...]


class Handshake(_Struct, frozen=True):
    """One handshake; a ClientHello that nobody answered is one too."""

    phase: Literal["initial", "renegotiation", "post-handshake"]
    version: str | None
    cipher_suite: str | None
    resumed: bool | None
    hello_retry: bool
    history: str
    """Letters of Zeek's ssl_history: upper case client, lower case server."""
    outcome: Literal["completed", "failed_by_server", "failed_by_client", "aborted", "undetermined"]
    visibility: Literal["clear", "decrypted", "inferred", "encrypted"]
    client_hello: ClientHello | None
    server_certificate: ServerCertificate
    client_certificate_requested: Literal["yes", "no", "unknown"]
    certificate_request: CertificateRequest | None
    client_certificate: ClientCertificate
    certificate_verify: CertificateVerify
    controls: Controls
    alerts: tuple[Alert, ...]
    application: Application | None
    supplied: Supplied | None
    inferred: dict[str, Inferred]
    unseen: dict[str, str]


class Verdict(_Struct, frozen=True):
    """The one story of a connection."""

    rule: str
    stage: str
    severity: HowBad
    headline: str
    confidence: HowSure
    handshake: int | None
    because: tuple[str, ...]
    """Rule ids, the cause first."""


class Evidence(_Struct, frozen=True):
    """A packet, and what it shows."""

    packet: int
    what: str


class Fix(_Struct, frozen=True):
    """What one side can change: in general, or with one product."""

    who: Literal["client", "server", "ca", "network"]
    product: str | None
    text: str
    check: str | None
    """How to see that it worked."""


class Finding(_Struct, frozen=True):
    """A rule matched."""

    rule: str
    stage: str
    severity: HowBad
    confidence: HowSure
    message: str
    handshake: int | None
    evidence: tuple[Evidence, ...]
    fixes: tuple[Fix, ...]
    citations: tuple[str, ...]
    explained_by: str | None


class Undecided(_Struct, frozen=True):
    """A rule that could neither match nor be cleared, and what would settle it."""

    rule: str
    why: str
    needs: str


class Connection(_Struct, frozen=True):
    """One TCP connection that carried TLS; in JSON Lines, one line."""

    id: int
    input: int
    client: Endpoint
    server: Endpoint
    carrier: str
    sni: str | None
    alpn: str | None
    first_packet: int
    last_packet: int
    started_at: str | None
    ending: Ending
    ja4: str | None
    stacks: Stacks
    related: tuple[Related, ...]
    handshakes: tuple[Handshake, ...]
    verdict: Verdict | None
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]


class Report(_Struct, frozen=True):
    """The whole answer."""

    schema_version: Literal[1]
    tool: Tool
    inputs: tuple[Input, ...]
    problems: tuple[Problem, ...]
    connections: tuple[Connection, ...]
