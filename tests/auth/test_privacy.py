"""The read receipts' switch on the account page, without scripts."""

from tests.support.people import Person


def test_it_is_a_plain_form(alice: Person) -> None:
    for ticked in ({}, {"shares_reads": "on"}):
        answer = alice.post_form("/account/privacy", alice.form_token("/account"), **ticked)
        assert answer.status_code == 303
        assert answer.headers["Location"].endswith("/account?saved=privacy")
        assert alice.json("/api/account")["shares_reads"] is bool(ticked)
        assert f"Read receipts are {'on' if ticked else 'off'}." in alice.get("/account?saved=privacy").text


def test_it_takes_a_log_in_and_a_token(alice: Person) -> None:
    assert alice.post_form("/account/privacy", token="wrong").status_code == 400
    token = alice.form_token("/account")
    stranger = Person(alice.url)
    assert stranger.post_form("/account/privacy", token).status_code in (302, 400)
    assert alice.json("/api/account")["shares_reads"] is True
    stranger.close()
