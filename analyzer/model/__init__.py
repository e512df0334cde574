"""The model room: events become handshakes and connections, with what was seen, inferred and not seen."""

from analyzer.model.application import Application
from analyzer.model.builder import ConnectionBuilder
from analyzer.model.capture_index import (
    CaptureIndex,
    certificate_status,
    request_status,
)
from analyzer.model.case import Case, Supplied
from analyzer.model.elsewhere import Meeting, OriginalSession
from analyzer.model.handshake import (
    AnyCertificate,
    AnyName,
    CertificateBegun,
    Connection,
    ConnectionEnding,
    Controls,
    Endpoint,
    Handshake,
    SeenAlert,
    SeenChain,
    SeenClientHello,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
    Stalled,
)
from analyzer.model.observed import (
    NOT_SENT,
    Confidence,
    Outcome,
    Phase,
    Reason,
    Severity,
    Unseen,
    Visibility,
)
from analyzer.model.story import Step, Story
from analyzer.model.unbegun import Silent, Unbegun

__all__ = [
    "NOT_SENT",
    "AnyCertificate",
    "AnyName",
    "Application",
    "CaptureIndex",
    "Case",
    "CertificateBegun",
    "Confidence",
    "Connection",
    "ConnectionBuilder",
    "ConnectionEnding",
    "Controls",
    "Endpoint",
    "Handshake",
    "Meeting",
    "OriginalSession",
    "Outcome",
    "Phase",
    "Reason",
    "SeenAlert",
    "SeenChain",
    "SeenClientHello",
    "SeenRequest",
    "SeenServerHello",
    "SeenVerify",
    "Severity",
    "Silent",
    "Stalled",
    "Step",
    "Story",
    "Supplied",
    "Unbegun",
    "Unseen",
    "Visibility",
    "certificate_status",
    "request_status",
]
