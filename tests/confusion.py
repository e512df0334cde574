"""Verdict against truth over the whole corpus, with keys and without: ``python -m tests.confusion``.

Of several connections the one counts that ``truth.toml`` speaks of: the last that failed, or else the last. A verdict
is *right* if its rule is the truth's. Without keys it may also be *true* and no more: a finding that the keys confirm,
such as the refusal without its reason, or TLS that succeeded where the application then refused. Whatever else it says
is *false*, on any connection. ``test_confusion.py`` sets the bounds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from analyzer.diagnosis.catalogue import load_catalogue
from analyzer.diagnosis.report import ConnectionReport, Verdict
from analyzer.model import Confidence, Outcome
from captures.recorder.truth import Truth, load
from tests.test_truth import FOLDERS, analyse

NONE = "none"
_VERSION = re.compile(r"[ /]v?\d[\w.]*")
_OWN_PEERS = "small peer of ours"
"""They play what no real stack does, and are none."""


class Judged(msgspec.Struct, frozen=True):
    """One recording: what is true, and what was said."""

    name: str
    truth: Truth
    told: Verdict | None
    found: frozenset[str]
    """Rules that matched, with keys."""
    blind: Verdict | None
    """What is said without keys; the same where nothing was encrypted."""
    false: tuple[Verdict, ...]
    """Verdicts without keys, on any connection, that what the keys show does not bear out."""

    @property
    def encrypted(self) -> bool:
        return self.truth.keys is not None

    @property
    def right(self) -> bool:
        return rule_of(self.told) == self.truth.expect.verdict

    @property
    def blind_right(self) -> bool:
        return rule_of(self.blind) == self.truth.expect.verdict


def rule_of(verdict: Verdict | None) -> str:
    return NONE if verdict is None else verdict.rule


@cache
def corpus() -> tuple[Judged, ...]:
    return tuple(_judge(folder.name) for folder in FOLDERS)


def _judge(name: str) -> Judged:
    folder = next(folder for folder in FOLDERS if folder.name == name)
    truth = load(folder / "truth.toml")
    whole = analyse(folder, truth).connections
    blind = whole if truth.keys is None else analyse(folder, msgspec.structs.replace(truth, keys=None)).connections
    failed = [index for index, connection in enumerate(whole) if connection.failed]
    meant = failed[-1] if failed else len(whole) - 1
    return Judged(
        name=name,
        truth=truth,
        told=whole[meant].verdict if whole else None,
        found=frozenset(finding.rule for connection in whole for finding in connection.findings),
        blind=blind[meant].verdict if blind else None,
        false=() if truth.keys is None else tuple(_false(blind, whole)),
    )


def _false(blind: Iterable[ConnectionReport], whole: Iterable[ConnectionReport]) -> Iterator[Verdict]:
    for hidden, seen in zip(blind, whole, strict=True):
        if hidden.verdict is not None and not _holds(hidden.verdict, seen):
            yield hidden.verdict


def _holds(verdict: Verdict, seen: ConnectionReport) -> bool:
    """Is what was said without keys true of the connection as the keys show it?"""
    if verdict.rule == "tls-succeeded":
        return all(handshake.outcome is Outcome.COMPLETED for handshake in seen.connection.handshakes)
    return verdict.rule in {finding.rule for finding in seen.findings}


class Figures(msgspec.Struct, frozen=True):
    """The sums."""

    recordings: int
    right: int
    false_proved: int
    """With keys."""
    encrypted: int
    blind_right: int
    blind_true: int
    """True, and not the whole story."""
    blind_undecided: int
    """No verdict, or none above "possible"."""
    blind_false_proved: int
    blind_false_likely: int

    @property
    def share_right(self) -> float:
        return self.right / self.recordings

    @property
    def share_decided(self) -> float:
        return self.blind_right / self.encrypted

    def lines(self) -> Iterator[str]:
        yield (
            f"with keys: {self.right} of {self.recordings} recordings have the true verdict ({self.share_right:.1%}); "
            f'false and "proved": {self.false_proved}'
        )
        yield (
            f"without keys, of {self.encrypted} encrypted recordings: {self.blind_right} decided "
            f"({self.share_decided:.1%}), {self.blind_true} true but not the cause, {self.blind_undecided} undecided; "
            f'false and "proved": {self.blind_false_proved}, false and "likely": {self.blind_false_likely}'
        )


def figures() -> Figures:
    judged = corpus()
    encrypted = [one for one in judged if one.encrypted]
    sure = [one for one in encrypted if one.blind is not None and one.blind.confidence >= Confidence.LIKELY]
    false = Counter(verdict.confidence for one in judged for verdict in one.false)
    right = sum(one.blind_right for one in sure)
    return Figures(
        recordings=len(judged),
        right=sum(one.right for one in judged),
        false_proved=sum(
            one.told is not None and one.told.confidence is Confidence.PROVED and not one.right for one in judged
        ),
        encrypted=len(encrypted),
        blind_right=right,
        blind_true=sum(not one.blind_right and one.blind not in one.false for one in sure),
        blind_undecided=len(encrypted) - len(sure),
        blind_false_proved=false[Confidence.PROVED],
        blind_false_likely=false[Confidence.LIKELY],
    )


def matrix() -> Iterator[str]:
    """A line for each rule: where it is found, where it is the truth, and what was said there."""
    judged = corpus()
    yield f"{'':44}{'found':>6}{'true':>6}{'right':>6}   without keys"
    stage = ""
    for rule in load_catalogue().rules:
        if rule.stage != stage:
            stage = rule.stage
            yield stage
        yield _row(rule.id, judged)
    yield _row(NONE, judged)


def _row(rule: str, judged: Iterable[Judged]) -> str:
    found = sum(rule in one.found for one in judged)
    true = [one for one in judged if one.truth.expect.verdict == rule]
    said = Counter(rule_of(one.told) for one in true if not one.right)
    encrypted = [one for one in true if one.encrypted]
    blind = Counter(rule_of(one.blind) for one in encrypted)
    right = f"{sum(one.right for one in true):6}" if true else f"{'·':>6}"
    row = f"  {rule:42}{found:6}{len(true) or '·':>6}{right}"
    if said:
        row += f"   WRONG: {_counted(said)}"
    if encrypted:
        others = _counted(Counter({name: count for name, count in blind.items() if name != rule}))
        row += f"{blind[rule]:4} of {len(encrypted)}{f', else {others}' if others else ''}"
    return row


def _counted(names: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in names.most_common())


class Size(msgspec.Struct, frozen=True):
    """How much the corpus holds."""

    recordings: int
    clients: frozenset[str]
    servers: frozenset[str]
    versions: Counter[str]
    accepted: int
    """Logins that went through."""
    faults_accepted: int
    """Of these, with a fault that a rule of a refusal found, and that the server did not mind."""
    servers_refused: int
    """Server certificates that the client refused."""

    def lines(self) -> Iterator[str]:
        versions = ", ".join(f"{version} {count}" for version, count in sorted(self.versions.items()))
        yield f"corpus: {self.recordings} recordings; handshakes: {versions}"
        yield f"  {len(self.clients)} client stacks: {', '.join(sorted(self.clients))}"
        yield f"  {len(self.servers)} server stacks: {', '.join(sorted(self.servers))}"
        yield (
            f"  controls: {self.accepted} accepted logins, {self.faults_accepted} of them with a fault that the server "
            f"did not mind; {self.servers_refused} server certificates refused by the client"
        )


def size() -> Size:
    judged, stages = corpus(), {rule.id: rule.stage for rule in load_catalogue().rules}
    accepted = [one for one in judged if one.truth.expect.verdict == "tls-succeeded"]
    return Size(
        recordings=len(judged),
        clients=_stacks(one.truth.client for one in judged),
        servers=_stacks(one.truth.server for one in judged),
        versions=Counter(
            handshake.version for one in judged for handshake in one.truth.handshakes if handshake.version is not None
        ),
        accepted=len(accepted),
        faults_accepted=sum(any(stages[rule] == "refused" for rule in one.found) for one in accepted),
        servers_refused=sum("client-rejected-server-certificate" in one.found for one in judged),
    )


def _stacks(told: Iterable[str]) -> frozenset[str]:
    """Programs without their versions, as "curl (OpenSSL)"."""
    names = {_VERSION.sub("", name) for programs in told for name in programs.split(", ")}
    return frozenset(names - {_OWN_PEERS})


def report() -> Iterator[str]:
    yield from matrix()
    yield ""
    yield from figures().lines()
    yield from size().lines()


if __name__ == "__main__":
    print("\n".join(report()))
