"""What part a distinguished name plays: root, intermediate or end entity, and how we know.

How it works: a list of certificate authorities holds only names, and a name does not say what it
belongs to. So every certificate that the capture or the user shows is learnt with its origin, and
a name is judged by the certificates that have it as their subject:

- a CA certificate that signed itself, or whose self-signature cannot be checked, makes it a root;
- otherwise a CA certificate makes it an intermediate (so a cross-signed root stays a root);
- otherwise a certificate of no CA makes it an end entity, unless the name is also the issuer of
  another certificate: then nothing fits and it stays unknown;
- a name that is only known as an issuer is a CA of unknown kind: unknown.

Where several certificates say so, the origin nearest to the user counts: trust, client-cert,
server-chain, client-chain. The number of certificates is bounded; what came later is counted.
Signatures are checked when a name is asked for, not when a certificate is learnt.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.issuance import is_self_signed
from analyzer.x509.names import Name, UnreadableName

Origin = Literal["trust", "client-cert", "server-chain", "client-chain"]
Kind = Literal["root", "intermediate", "end-entity", "unknown"]

_PRECEDENCE: dict[Origin, int] = {"trust": 0, "client-cert": 1, "server-chain": 2, "client-chain": 3}

_MOST_ATTEMPTS = 20
"""Self-signatures tried for one name."""


class Role(msgspec.Struct, frozen=True, gc=False):
    """What is known of a name."""

    kind: Kind
    kind_from: Origin | None
    """Where the deciding certificate was seen; None exactly when the kind is unknown."""


_UNKNOWN = Role("unknown", None)


class RoleIndex:
    """Certificates by subject, with the origin of each."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._origins: dict[CertificateInfo, Origin] = {}
        self._by_subject: dict[bytes, list[CertificateInfo]] = {}
        self._issuers: set[bytes] = set()
        self._roles: dict[bytes, Role] = {}
        self._dropped = 0
        self._latest_kinds: tuple[tuple[Name | UnreadableName, ...], frozenset[Kind]] | None = None

    def __len__(self) -> int:
        return len(self._origins)

    @property
    def dropped(self) -> int:
        """How often a certificate was not learnt because the index was full."""
        return self._dropped

    def learn(self, certificate: CertificateInfo, origin: Origin) -> None:
        """Remember a certificate; seen again from elsewhere, the better origin is kept."""
        known = self._origins.get(certificate)
        if known is not None:
            if _PRECEDENCE[origin] < _PRECEDENCE[known]:
                self._origins[certificate] = origin
                self._roles.pop(certificate.subject.key, None)
                self._latest_kinds = None
            return
        if len(self._origins) >= self._capacity:
            self._dropped += 1
            return
        self._origins[certificate] = origin
        self._by_subject.setdefault(certificate.subject.key, []).append(certificate)
        self._roles.pop(certificate.subject.key, None)
        if not certificate.self_issued:
            self._issuers.add(certificate.issuer.key)
            self._roles.pop(certificate.issuer.key, None)
        self._latest_kinds = None

    def certificates_for(self, name: Name | UnreadableName) -> tuple[CertificateInfo, ...]:
        """The certificates with this subject (normalised), in the order in which they were learnt."""
        return tuple(self._by_subject.get(_key(name), ()))

    def origin_of(self, certificate: CertificateInfo) -> Origin | None:
        """Where a certificate was seen; None if it was not learnt."""
        return self._origins.get(certificate)

    def classify(self, name: Name | UnreadableName) -> Role:
        """Say what part a name plays, by what was learnt so far."""
        key = _key(name)
        certificates = self._by_subject.get(key)
        if certificates is None:  # nothing is stored for these: a capture may name any number
            return _UNKNOWN
        role = self._roles.get(key)
        if role is None:
            role = self._roles[key] = self._judge(key, certificates)
        return role

    def kinds(self, names: tuple[Name | UnreadableName, ...]) -> frozenset[Kind]:
        """Every kind that is among these names. The latest answer is kept: a list is asked about several times."""
        if self._latest_kinds is None or self._latest_kinds[0] is not names:
            self._latest_kinds = (names, frozenset(self.classify(name).kind for name in names))
        return self._latest_kinds[1]

    def _judge(self, key: bytes, certificates: list[CertificateInfo]) -> Role:
        certificates = sorted(certificates, key=lambda c: _PRECEDENCE[self._origins[c]])
        authorities = [c for c in certificates if c.is_ca]
        candidates = [c for c in authorities if c.self_issued][:_MOST_ATTEMPTS]
        root = next((c for c in candidates if is_self_signed(c) is not False), None)
        if root is not None:
            return Role("root", self._origins[root])
        if authorities:
            return Role("intermediate", self._origins[authorities[0]])
        if key in self._issuers:
            return _UNKNOWN
        return Role("end-entity", self._origins[certificates[0]])


def _key(name: Name | UnreadableName) -> bytes:
    return name.key if isinstance(name, Name) else name.as_name().key
