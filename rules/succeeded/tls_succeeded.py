"""TLS did its job: if the login still fails, the reason lies behind it."""

from analyzer.rule_api import (
    TLS_1_3,
    Case,
    Confidence,
    Evidence,
    Inference,
    Match,
    Outcome,
    Phase,
    SeenVerify,
    Side,
    application_refusal,
    asked_later,
    dropped,
    inferred,
    inferred_evidence,
    known,
    left,
    may_be,
    may_hide_late_request,
    need,
    refusal,
    says,
)

AS_SIZES_TELL = "as far as the sizes of the encrypted records tell"
JUDGED_IN_ANSWER = "nginx and IIS say only in their answer what they make of it."


def check(case: Case) -> Match | None:
    handshake, guess = case.handshake, inferred(case)
    login = guess.late or guess
    if login.refused is not None and says(login.refused, False) and _is_told(guess):
        if says(login.client_certificate, "sent"):
            how = f"A certificate was {_accepted(case, ('sent',), AS_SIZES_TELL)}"
        elif says(login.client_certificate, "absent"):
            how = f"No client certificate was asked for, {AS_SIZES_TELL}."
        else:
            return None
        hidden = says(login.client_certificate, "absent") and may_hide_late_request(case)
        sure = Confidence.POSSIBLE if hidden else Confidence.LIKELY
        return Match((inferred_evidence(login.refused),), {"how": how}, sure)
    if handshake.outcome is not Outcome.COMPLETED or refusal(case) is not None or dropped(case) is not None:
        return None
    if application_refusal(case) is not None or left(case) is not None or asked_later(case):
        return None
    if handshake.phase is Phase.POST_HANDSHAKE:  # only the client has to finish it (RFC 8446 section 4.6.2)
        done = Evidence(need(handshake.client_finished), "the client's Finished: its answer is complete")
    else:
        done = Evidence(need(handshake.server_finished), "the server's Finished: the handshake is complete")
    if need(handshake.resumed):
        # in TLS 1.3 an external pre-shared key looks like a session (RFC 8446 section 2.2)
        other = ", or a pre-shared key," if need(handshake.version) >= TLS_1_3 else ""
        return Match((done,), {"how": f"An earlier session{other} was taken up, so no certificate was asked for."})
    if not known(handshake.certificate_request):
        return Match((done,), {"how": "No client certificate was asked for."})
    answer, proof = need(handshake.client_certificate), handshake.certificate_verify
    if answer.empty or (isinstance(proof, SeenVerify) and proof.valid is False):
        return None
    who = answer.leaf.subject.text if answer.leaf else "A certificate"
    given = ("sent", "proved") if known(proof) else ("sent",)
    return Match((Evidence(answer.packet, f"{who} is sent"), done), {"how": f"{who} was {_accepted(case, given)}"})


def _accepted(case: Case, given: tuple[str, ...], how_sure: str = "") -> str:
    """Was it accepted too? nginx and IIS complete the handshake with any certificate, and refuse one in their answer.

    IIS is not among the servers that are recognised.
    """
    sure = how_sure and f", {how_sure}"
    if case.handshake.application is None and may_be(case, Side.SERVER, "nginx"):
        return f"{' and '.join(given)}, and TLS refused nothing{sure}. {JUDGED_IN_ANSWER}"
    *most, last = (*given, "accepted")
    return f"{', '.join(most)} and {last}{sure}."


def _is_told(guess: Inference) -> bool:
    """Is the last request among what was concluded? That of a renegotiation is, for it is all that is hidden."""
    return guess.late_request is None or guess.late is not None or says(guess.late_request, "renegotiation")
