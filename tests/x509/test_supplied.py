from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from analyzer.errors import InputUnreadableError, PasswordNeededError
from analyzer.x509 import load_chain, load_client_certificate, load_trust

from .minting import Family, mint


def save(folder: Path, *parts: bytes, name: str = "client.pem") -> str:
    path = folder / name
    path.write_bytes(b"".join(parts))
    return str(path)


def test_leaf_is_where_the_key_belongs(tmp_path: Path, family: Family) -> None:
    path = save(tmp_path, family.root.pem, family.intermediate.pem, family.leaf.pem, family.leaf.key_pem())
    found = load_client_certificate(path)
    assert found.file == path
    assert found.leaf == family.leaf.info
    assert found.chain == (family.intermediate.info, family.root.info)
    assert found.path == (family.leaf.info, family.intermediate.info, family.root.info)
    assert (found.has_key, found.key_matches) == (True, True)
    assert found.notes == ("the first certificate in the file is a CA's; the key belongs to the third",)


def test_key_of_the_second_client(tmp_path: Path, family: Family) -> None:
    bob = mint("bob", family.intermediate)
    found = load_client_certificate(save(tmp_path, bob.key_pem(), family.leaf.pem, bob.pem))
    assert found.leaf == bob.info
    assert found.chain == (family.leaf.info,)
    assert found.path_length == 1
    assert found.notes == ("the first certificate in the file is another one; the key belongs to the second",)


def test_without_a_key_the_first_that_is_no_ca(tmp_path: Path, family: Family) -> None:
    found = load_client_certificate(save(tmp_path, family.intermediate.pem, family.leaf.pem))
    assert found.leaf == family.leaf.info
    assert (found.has_key, found.key_matches) == (False, None)
    assert found.notes == ("the first certificate in the file is a CA's; the second is used",)


def test_only_cas(tmp_path: Path, family: Family) -> None:
    found = load_client_certificate(save(tmp_path, family.intermediate.pem, family.root.pem))
    assert found.leaf == family.intermediate.info
    assert found.notes == ()


def test_key_of_somebody_else(tmp_path: Path, family: Family) -> None:
    found = load_client_certificate(save(tmp_path, family.leaf.pem, family.stranger.key_pem()))
    assert (found.has_key, found.key_matches) == (True, False)
    assert found.leaf == family.leaf.info
    assert found.notes == ("the private key in the file belongs to none of its certificates",)


def test_unreadable_key(tmp_path: Path, family: Family) -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    found = load_client_certificate(save(tmp_path, family.leaf.pem, key))
    assert (found.has_key, found.key_matches) == (True, None)
    assert found.notes == ("a private key in the file cannot be read",)


def test_repeated_and_unreadable_certificates(tmp_path: Path, family: Family) -> None:
    junk = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    found = load_client_certificate(save(tmp_path, junk, family.leaf.pem, family.leaf.pem))
    assert found.chain == ()
    assert found.notes[0].startswith("a certificate in the file cannot be read: it ends")


def test_pkcs12(tmp_path: Path, family: Family) -> None:
    others = [family.root.certificate, family.intermediate.certificate]
    key = family.leaf.key
    data = pkcs12.serialize_key_and_certificates(b"a", key, family.leaf.certificate, others, NoEncryption())
    found = load_client_certificate(save(tmp_path, data, name="client.p12"))
    assert found.path == (family.leaf.info, family.intermediate.info, family.root.info)
    assert found.key_matches


def test_the_key_is_not_kept(tmp_path: Path, family: Family) -> None:
    found = load_client_certificate(save(tmp_path, family.leaf.pem, family.leaf.key_pem()))
    number = family.leaf.key.private_numbers().private_value  # type: ignore[union-attr]
    shown = repr(found)
    assert "PrivateKey" not in shown
    assert str(number) not in shown
    assert f"{number:x}" not in shown


def test_nothing_inside(tmp_path: Path, family: Family) -> None:
    with pytest.raises(InputUnreadableError, match="a private key but no certificate"):
        load_client_certificate(save(tmp_path, family.leaf.key_pem()))
    with pytest.raises(InputUnreadableError, match="holds no certificate"):
        load_client_certificate(save(tmp_path, b"-----BEGIN NOTHING-----\n-----END NOTHING-----"))
    with pytest.raises(InputUnreadableError, match="no certificate that can be read"):
        load_client_certificate(save(tmp_path, b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"))


def test_wrong_password_leaves_no_trace_of_it(tmp_path: Path, family: Family) -> None:
    path = save(tmp_path, family.leaf.pem, family.leaf.key_pem(b"right"))
    with pytest.raises(PasswordNeededError) as caught:
        load_client_certificate(path, lambda: "hunter2")
    assert "hunter2" not in str(caught.value) + caught.value.try_this
    assert caught.value.__cause__ is None


def test_trust_from_a_file(tmp_path: Path, family: Family) -> None:
    path = save(tmp_path, family.root.pem, family.stranger.pem, family.root.pem, family.leaf.key_pem(b"secret"))
    assert load_trust(path) == (family.root.info, family.stranger.info)


def test_trust_from_a_folder(tmp_path: Path, family: Family) -> None:
    save(tmp_path, family.root.pem, name="a.pem")
    save(tmp_path, family.stranger.der, name="b.crt")
    save(tmp_path, family.root.der, name="c.crt")
    save(tmp_path, b"notes", name="README")
    (tmp_path / "folder").mkdir()
    assert load_trust(str(tmp_path)) == (family.root.info, family.stranger.info)


def test_trust_without_certificates(tmp_path: Path, family: Family) -> None:
    with pytest.raises(InputUnreadableError, match="holds no certificate"):
        load_trust(str(tmp_path))
    with pytest.raises(InputUnreadableError, match="holds no certificate"):
        load_trust(save(tmp_path, family.root.key_pem()))
    with pytest.raises(InputUnreadableError, match="Cannot read"):
        load_trust(str(tmp_path / "missing"))


def test_a_chain_stays_in_the_order_of_its_file(tmp_path: Path, family: Family) -> None:
    path = save(tmp_path, family.intermediate.pem, family.leaf.key_pem(), family.leaf.pem)
    assert load_chain(path) == (family.intermediate.info, family.leaf.info)
    with pytest.raises(InputUnreadableError, match="holds no certificate"):
        load_chain(save(tmp_path, b"-----BEGIN NOTHING-----", name="nothing.pem"))
