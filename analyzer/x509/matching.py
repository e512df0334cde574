"""Would this very certificate have answered that request, and if not, what stood in the way?

How it works. A CertificateRequest restricts by the names of CAs, by certificate types (TLS 1.2 and
before) and by signature schemes (from TLS 1.2 on). Whether a restriction keeps a certificate back
depends on the client, so the answer is given for three kinds of client:

- *direct issuer*: the leaf's own issuer must be listed;
- *chain builder*: the issuer of any certificate on the path of the client's file may be listed
  (Go, Java, GnuTLS);
- *ignores list*: names and certificate types are not looked at, signature schemes are (OpenSSL,
  and so curl, Node and Python).

A name that is listed in another encoding satisfies clients that normalise (Java, OpenSSL) and not
those that compare bytes (Go, GnuTLS, Chromium): then the answer is None. Most clients send an
expired certificate, or one without clientAuth, without a thought: such obstacles are listed,
because the server will mind, but they do not make a match fail. Nor does a missing private key,
which often lies in a file of its own. A key that does not fit does.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from analyzer.x509.certificates import CertificateInfo
from analyzer.x509.issuance import issued
from analyzer.x509.names import Name, NameMatch, UnreadableName
from analyzer.x509.roles import RoleIndex
from analyzer.x509.schemes import accepted_by_types, has_common_scheme
from analyzer.x509.supplied import SuppliedCertificate
from analyzer.x509.times import as_datetime

_TLS_1_3 = 0x0304
_MOST_STEPS = 50
"""Certificates looked at while searching for a missing intermediate."""


class Obstacle(msgspec.Struct, frozen=True, gc=False):
    """Something that keeps a certificate from being sent, or from being of use when it is."""

    code: str
    """Stable; see :func:`match_request`."""
    text: str
    """One sentence."""


class WouldMatch(msgspec.Struct, frozen=True, gc=False):
    """Whether a client of each kind would have sent the certificate; None when that is open."""

    direct_issuer: bool | None
    chain_builder: bool | None
    ignores_list: bool | None


class RequestMatch(msgspec.Struct, frozen=True):
    """A supplied certificate held against a request."""

    obstacles: tuple[Obstacle, ...]
    would_match: WouldMatch
    which_name: int | None
    """Index of the listed name that matched: the leaf's issuer before others, exact before normalised."""
    matched_names: dict[int, str]
    """For every listed name that matched, its index and ``exact`` or ``normalised``."""
    missing_intermediate: CertificateInfo | None
    """The certificate that, added to the file, would lead the leaf to a listed name."""

    def has(self, code: str) -> bool:
        """Whether there is an obstacle with this code."""
        return any(obstacle.code == code for obstacle in self.obstacles)


def match_request(
    supplied: SuppliedCertificate,
    names: Sequence[Name | UnreadableName] | None,
    known: RoleIndex | None = None,
    *,
    certificate_types: Sequence[int] | None = None,
    signature_schemes: Sequence[int] | None = None,
    version: int | None = None,
    at_ns: int | None = None,
) -> RequestMatch:
    """Hold a certificate against a CertificateRequest (RFC 5246 section 7.4.4, RFC 8446 section 4.3.2).

    The obstacles' codes: ``no-private-key``, ``key-does-not-match``, ``eku-forbids-client-auth``,
    ``key-usage-forbids-signing``, ``expired``, ``not-yet-valid``, ``issuer-not-listed``,
    ``issuer-listed-only-through-missing-intermediate``, ``issuer-listed-in-another-encoding``,
    ``key-type-not-accepted``, ``no-common-signature-scheme``.

    Args:
        supplied: The certificate and what came with it.
        names: The list as sent; empty matches everything, None was not seen.
        known: Certificates seen elsewhere, to find a missing intermediate.
        certificate_types: ClientCertificateType values; None in TLS 1.3 or when not seen.
        signature_schemes: SignatureScheme values; None before TLS 1.2 or when not seen.
        version: As on the wire (0x0303, 0x0304); None when not known, and then both readings count.
        at_ns: Time of the request in nanoseconds since 1970 UTC; None when not known.
    """
    listed = _match_names(supplied, names, known)
    leaf = supplied.leaf
    types = None if version == _TLS_1_3 else certificate_types
    wrong_type = types is not None and accepted_by_types(leaf, types) is False
    wrong_scheme = signature_schemes is not None and (has_common_scheme(leaf, signature_schemes, version) is False)
    obstacles = [
        *_own_obstacles(supplied),
        *_time_obstacles(leaf, at_ns),
        *_name_obstacles(supplied, names, listed),
    ]
    if wrong_type:
        text = f"The request accepts no certificate with a key of the kind {leaf.key}."
        obstacles.append(Obstacle("key-type-not-accepted", text))
    if wrong_scheme:
        text = f"None of the signature schemes in the request can be used with a key of the kind {leaf.key}."
        obstacles.append(Obstacle("no-common-signature-scheme", text))
    unusable = supplied.key_matches is False or wrong_scheme
    by_list = WouldMatch(
        direct_issuer=False if unusable or wrong_type else listed.direct,
        chain_builder=False if unusable or wrong_type else listed.chain,
        ignores_list=not unusable,
    )
    return RequestMatch(
        obstacles=tuple(obstacles),
        would_match=by_list,
        which_name=listed.which,
        matched_names=listed.matched,
        missing_intermediate=listed.missing,
    )


class _Listed(msgspec.Struct):
    direct: bool | None = None
    chain: bool | None = None
    which: int | None = None
    matched: dict[int, str] = {}
    missing: CertificateInfo | None = None


def _match_names(
    supplied: SuppliedCertificate, names: Sequence[Name | UnreadableName] | None, known: RoleIndex | None
) -> _Listed:
    if names is None:
        return _Listed()
    if not names:  # "if the certificate_authorities list is empty": RFC 5246 section 7.4.4
        return _Listed(direct=True, chain=True)
    leaf = supplied.leaf
    path_der = {certificate.issuer.der for certificate in supplied.path}
    path_keys = {certificate.issuer.key for certificate in supplied.path}
    out = _Listed(direct=False, chain=False)
    best = 4
    for index, name in enumerate(names):
        exact = name.der in path_der
        if not exact and not (isinstance(name, Name) and name.key in path_keys):
            continue
        out.matched[index] = (NameMatch.EXACT if exact else NameMatch.NORMALISED).value
        direct = name.key == leaf.issuer.key if isinstance(name, Name) else name.der == leaf.issuer.der
        # An exact match is one for all clients; a normalised one is open as long as there is no better.
        out.chain = True if exact else out.chain or None
        if direct:
            as_sent = name.der == leaf.issuer.der
            out.direct = True if as_sent else out.direct or None
        rank = 2 * (not direct) + (not exact)
        if rank < best:
            best, out.which = rank, index
    if not out.matched and known is not None:
        out.missing = _find_missing(supplied, names, known)
    return out


def _find_missing(
    supplied: SuppliedCertificate, names: Sequence[Name | UnreadableName], known: RoleIndex
) -> CertificateInfo | None:
    """The first missing certificate on the way from the file's path up to a listed name.

    A search in breadth over known CA certificates whose signatures are not disproved.
    """
    keys = {name.key for name in names if isinstance(name, Name)}
    seen = set(supplied.path) | set(supplied.chain)
    queue: list[tuple[CertificateInfo, CertificateInfo | None]] = [(c, None) for c in supplied.path]
    for below, first in queue:  # grows while it is walked
        for candidate in known.certificates_for(below.issuer):
            if candidate in seen or not candidate.is_ca or len(seen) > _MOST_STEPS + len(supplied.path):
                continue
            seen.add(candidate)
            if issued(candidate, below) is False:
                continue
            if candidate.issuer.key in keys:
                return first or candidate
            queue.append((candidate, first or candidate))
    return None


def _own_obstacles(supplied: SuppliedCertificate) -> list[Obstacle]:
    leaf = supplied.leaf
    out = []
    if not supplied.has_key:
        out.append(Obstacle("no-private-key", f"{supplied.file} holds no private key."))
    if supplied.key_matches is False:
        text = f"The private key in {supplied.file} belongs to none of its certificates."
        out.append(Obstacle("key-does-not-match", text))
    if not leaf.allows_client_auth:
        usages = ", ".join(leaf.extended_key_usage or ()) or "nothing"
        text = f"The extended key usage of the certificate allows {usages}, and not clientAuth."
        out.append(Obstacle("eku-forbids-client-auth", text))
    if not leaf.allows_signature:
        usages = ", ".join(leaf.key_usage or ()) or "nothing"
        text = f"The key usage of the certificate allows {usages}, and not digitalSignature."
        out.append(Obstacle("key-usage-forbids-signing", text))
    return out


def _time_obstacles(leaf: CertificateInfo, at_ns: int | None) -> list[Obstacle]:
    if at_ns is None:
        return []
    if leaf.not_after_ns is not None and at_ns >= leaf.not_after_ns + 1_000_000_000:  # its last second counts
        return [Obstacle("expired", f"The certificate expired on {_day(leaf.not_after_ns)}.")]
    if leaf.not_before_ns is not None and at_ns < leaf.not_before_ns:
        return [Obstacle("not-yet-valid", f"The certificate is valid from {_day(leaf.not_before_ns)} on.")]
    return []


def _day(ns: int) -> str:
    moment = as_datetime(ns)
    return "an unknown day" if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _name_obstacles(
    supplied: SuppliedCertificate, names: Sequence[Name | UnreadableName] | None, listed: _Listed
) -> list[Obstacle]:
    issuer = supplied.leaf.issuer.text
    if not names:
        return []
    if listed.missing is not None:
        text = (
            f'The issuer of the certificate ("{issuer}") is not in the list, and the CA certificate '
            f'"{listed.missing.subject.text}" that leads to a listed name is not in {supplied.file}.'
        )
        return [Obstacle("issuer-listed-only-through-missing-intermediate", text)]
    if not listed.matched:
        others = " nor of another certificate in its chain" if supplied.path_length > 1 else ""
        text = f'No name in the list is that of the issuer of the certificate ("{issuer}"){others}.'
        return [Obstacle("issuer-not-listed", text)]
    if listed.chain is None:
        text = "The issuer is listed in another encoding or spelling, which clients that compare bytes miss."
        return [Obstacle("issuer-listed-in-another-encoding", text)]
    return []
