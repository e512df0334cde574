"""What the user gives: the certificate that should have been sent, and the CAs that are trusted.

How it works: files in the field hold certificates and keys in any order. The certificate that a
client would send is the one that its private key belongs to; without a key it is the first that is
no CA's, and failing that the first. The others are put into issuing order behind it, because a
client that matches the list of certificate authorities looks at the chain of its file.
"""

from __future__ import annotations

import os

import msgspec

from analyzer.errors import InputUnreadableError, PasswordNeededError
from analyzer.x509.certificates import CertificateInfo, UnreadableCertificate, read_certificate
from analyzer.x509.chains import walk_chain
from analyzer.x509.containers import Contents, Password, canonical_public_key, read_contents

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


class SuppliedCertificate(msgspec.Struct, frozen=True):
    """A client certificate that the user gave. The private key is not in here, only what it told."""

    file: str
    """As given."""
    leaf: CertificateInfo
    chain: tuple[CertificateInfo, ...]
    """The other certificates of the file: those that lead up from the leaf in that order, then the rest."""
    path_length: int
    """How many certificates, the leaf included, lead up from the leaf."""
    has_key: bool
    key_matches: bool | None
    """The private key belongs to the leaf; None without a key, or when it cannot be read."""
    notes: tuple[str, ...]
    """What is odd about the file, each a clause without a full stop."""

    @property
    def path(self) -> tuple[CertificateInfo, ...]:
        """The leaf and the certificates of the file that lead up from it."""
        return (self.leaf, *self.chain)[: self.path_length]


def load_client_certificate(path: str, password: Password | None = None) -> SuppliedCertificate:
    """Read a file with a client certificate: PEM, DER, PKCS#12 or PKCS#7, told by its content.

    Args:
        path: The file.
        password: Asks for the password; called at most once, and only if the file needs one.

    Raises:
        InputUnreadableError: The file is missing, unreadable or without a readable certificate.
        PasswordNeededError: It is encrypted, and the password is missing or wrong.
    """
    contents = read_contents(path, password)
    notes = list(contents.notes)
    certificates: list[CertificateInfo] = []
    for der in contents.certificates:
        certificate = read_certificate(der)
        if not isinstance(certificate, CertificateInfo):
            notes.append(f"a certificate in the file cannot be read: it {certificate.error}")
        elif certificate not in certificates:
            certificates.append(certificate)
    if not certificates:
        raise _nothing_inside(path, contents)
    index, key_matches = _choose_leaf(certificates, contents, notes)
    leaf = certificates[index]
    others = certificates[:index] + certificates[index + 1 :]
    walked = walk_chain([leaf, *others])
    assert walked is not None  # there is a leaf
    return SuppliedCertificate(
        file=path,
        leaf=leaf,
        chain=walked.path[1:] + walked.extra,
        path_length=len(walked.path),
        has_key=contents.has_key,
        key_matches=key_matches,
        notes=tuple(notes),
    )


def load_chain(path: str) -> tuple[CertificateInfo | UnreadableCertificate, ...]:
    """Read the certificates of a file in its own order, as a Certificate message would carry them.

    Raises:
        InputUnreadableError: The file is missing, unreadable or without a certificate.
        PasswordNeededError: It is encrypted.
    """
    contents = read_contents(path, None, with_keys=False)
    if not contents.certificates:
        raise _nothing_inside(path, contents)
    return tuple(map(read_certificate, contents.certificates))


def load_trust(path: str) -> tuple[CertificateInfo, ...]:
    """Read trusted CA certificates from a file, or from every file of a folder, each one once.

    Certificates and files of a folder that cannot be read are passed over; keys are not opened.

    Raises:
        InputUnreadableError: Missing, unreadable, or no certificate inside.
        PasswordNeededError: A single file that is an encrypted PKCS#12 bundle.
    """
    found: dict[CertificateInfo, None] = {}
    if os.path.isdir(path):
        try:
            files = sorted(entry.path for entry in os.scandir(path) if entry.is_file())
        except OSError as error:
            raise InputUnreadableError(f"Cannot read {path}: {error.strerror}.") from None
        for file in files:
            try:
                found.update(_trusted(file))
            except (InputUnreadableError, PasswordNeededError):
                continue
    else:
        found.update(_trusted(path))
    if not found:
        raise InputUnreadableError(
            f"{path} holds no certificate that can be read.",
            "Give the CA certificates in PEM or DER form, in one file or in a folder.",
        )
    return tuple(found)


def _trusted(file: str) -> dict[CertificateInfo, None]:
    read = map(read_certificate, read_contents(file, None, with_keys=False).certificates)
    return {certificate: None for certificate in read if isinstance(certificate, CertificateInfo)}


def _choose_leaf(certificates: list[CertificateInfo], contents: Contents, notes: list[str]) -> tuple[int, bool | None]:
    """Which certificate the client would send, and whether a key of the file belongs to it."""
    first_leaf = next((i for i, certificate in enumerate(certificates) if not certificate.is_ca), 0)
    if not contents.public_keys:
        if first_leaf:
            notes.append(f"the first certificate in the file is a CA's; the {_ordinal(first_leaf)} is used")
        return first_leaf, None
    keys = set(map(canonical_public_key, contents.public_keys))
    for index, certificate in enumerate(certificates):
        if canonical_public_key(certificate.public_key_info) in keys:
            if index:
                what = "a CA's" if certificates[0].is_ca else "another one"
                owner = _ordinal(index)
                notes.append(f"the first certificate in the file is {what}; the key belongs to the {owner}")
            return index, True
    notes.append("the private key in the file belongs to none of its certificates")
    return first_leaf, False


def _ordinal(index: int) -> str:
    return _ORDINALS[index] if index < len(_ORDINALS) else f"one at place {index + 1}"


def _nothing_inside(path: str, contents: Contents) -> InputUnreadableError:
    what = "a private key but no certificate" if contents.has_key else "no certificate"
    if contents.certificates or contents.notes:
        what = "no certificate that can be read"
    return InputUnreadableError(
        f"{path} holds {what}.", "Give a file with the client's certificate in PEM, DER or PKCS#12 form."
    )
