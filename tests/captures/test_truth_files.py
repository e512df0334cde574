from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from captures.recorder import tshark
from captures.recorder.truth import Handshake, Truth, load

CAPTURES = Path(__file__).parents[2] / "captures"
FOLDERS = sorted(path.parent for path in CAPTURES.glob("*/truth.toml"))
LIMIT = 30_000
# Here the size is the point: CA lists and certificates that fill records and more.
BIG = {"ca-list", "public-trust-store", "message-too-long"}


def _id(folder: Path) -> str:
    return folder.name


def test_every_folder_has_a_truth() -> None:
    not_captures = {"recorder", "derived", "__pycache__"}
    folders = {path for path in CAPTURES.iterdir() if path.is_dir() and path.name not in not_captures}
    assert folders == set(FOLDERS)


def test_at_least_thirty_are_recorded_from_real_stacks() -> None:
    assert sum(load(folder / "truth.toml").kind == "recorded" for folder in FOLDERS) >= 30


@pytest.mark.parametrize("folder", FOLDERS, ids=_id)
def test_folder_is_whole(folder: Path) -> None:
    truth = load(folder / "truth.toml")
    named = [truth.file, truth.keys, truth.server_key, truth.client_cert, truth.trust]
    for name in ["made.txt", "client.txt", "server.txt", *(name for name in named if name)]:
        assert (folder / name).is_file(), name
    assert (truth.kind == "built") == (truth.not_observed is not None)


@pytest.mark.parametrize("folder", FOLDERS, ids=_id)
def test_files_are_small(folder: Path) -> None:
    limit = LIMIT * 20 if any(word in folder.name for word in BIG) else LIMIT
    for path in folder.iterdir():
        assert path.stat().st_size < limit, path.name


@pytest.mark.parametrize("folder", FOLDERS, ids=_id)
def test_verdict_is_consistent_with_the_handshakes(folder: Path) -> None:
    truth = load(folder / "truth.toml")
    expect = truth.expect
    assert (expect.verdict == "none") == (expect.severity == "none")
    assert expect.verdict not in expect.not_findings
    assert not set(expect.findings) & set(expect.not_findings)
    if expect.verdict == "tls-succeeded" and expect.confidence != "likely":  # likely: told from record sizes alone
        assert truth.handshakes[-1].outcome == "completed"


def test_unknown_keys_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "truth.toml"
    path.write_text((FOLDERS[0] / "truth.toml").read_text().replace("[expect]", "colour = 1\n[expect]"))
    with pytest.raises(msgspec.ValidationError, match="colour"):
        load(path)


# tshark cannot read these.
UNREADABLE = {
    "built-ca-list-length-overflow": "tshark believes the wrapped length and cannot read this request",
    "tls13-expired-secrets-last-curl-openssl": "tshark reads the packets before the secrets",
    "client-flight-lost-before-curl-haproxy": "tshark takes for not sent what was lost",
}


def _seen(folder: Path, truth: Truth) -> list[Handshake]:
    if folder.name in UNREADABLE:
        pytest.skip(UNREADABLE[folder.name])
    keys = folder / truth.keys if truth.keys else None
    return tshark.handshakes(folder / truth.file, keys=keys, secrets_inside=_has_secrets_inside(truth))


def _has_secrets_inside(truth: Truth) -> bool:
    return truth.keys is None and any(handshake.phase for handshake in truth.handshakes)


def _is_decrypted(folder: Path) -> bool:
    return any(handshake.phase for handshake in load(folder / "truth.toml").handshakes)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if not _is_decrypted(folder)], ids=_id)
def test_tshark_sees_the_same_messages_in_the_same_order(folder: Path) -> None:
    truth = load(folder / "truth.toml")
    seen = _seen(folder, truth)
    assert [handshake.outcome for handshake in seen] == [handshake.outcome for handshake in truth.handshakes]
    for there, stated in zip(seen, truth.handshakes, strict=True):
        assert stated.history in (there.history, None)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if _is_decrypted(folder)], ids=_id)
def test_tshark_decrypts_what_the_truth_says(folder: Path) -> None:
    truth = load(folder / "truth.toml")
    assert tuple(_seen(folder, truth)) == truth.handshakes


def test_at_least_forty_come_with_their_secrets() -> None:
    assert sum(load(folder / "truth.toml").keys is not None for folder in FOLDERS) >= 40
