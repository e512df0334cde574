import json

from analyzer.cli.rules import near_names
from tests.cli.command import certwhy


def test_the_catalogue() -> None:
    ran = certwhy("rules")
    assert ran.code == 0
    assert "client-sent-empty-certificate" in ran.out
    assert ran.out.index("never asked") < ran.out.index("bad request") < ran.out.index("succeeded")
    assert len(json.loads(certwhy("rules", "--format", "json").out)) >= 30
    assert certwhy("rules", "--format", "markdown").out.startswith("# The rules\n")


def test_a_page() -> None:
    ran = certwhy("rules", "show", "ca-list-empty")
    assert ran.code == 0
    assert "SendTrustedIssuerList" in ran.out
    assert certwhy("rules", "show", "ca-list-empty", "--format", "markdown").out.startswith("# ca-list-empty\n")
    assert json.loads(certwhy("rules", "show", "ca_list_empty", "--format", "json").out)["id"] == "ca-list-empty"


def test_an_unknown_id_gets_near_ones() -> None:
    ran = certwhy("rules", "show", "client-send-empty-certificate")
    assert ran.code == 2
    assert 'There is no rule "client-send-empty-certificate".' in ran.err
    assert "certwhy rules show client-sent-empty-certificate" in ran.err
    assert "certwhy rules" in certwhy("rules", "show", "xyzzy\x1b[2J").err


def test_near_names() -> None:
    names = ["server-never-asked", "ca-list-empty", "unknown-issuer"]
    assert near_names("list", names) == ["ca-list-empty"]
    assert near_names("unknown_isuer", names) == ["unknown-issuer"]
    assert near_names("", names) == []
