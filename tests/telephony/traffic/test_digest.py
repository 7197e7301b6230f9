"""Digest proofs against the vectors of RFC 2617 (3.5), RFC 2069's erratum 749 and RFC 7616 (3.9.1)."""

import pytest

from telephony.traffic.digest import (
    UnsupportedChallenge,
    authorization,
    first_supported,
    parse_challenge,
    proof,
)

NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


def test_rfc_2617_with_qop() -> None:
    challenge = parse_challenge(
        f'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="{NONCE}", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    assert (
        proof(
            challenge,
            user="Mufasa",
            password="Circle Of Life",
            method="GET",
            uri="/dir/index.html",
            cnonce="0a4f113b",
        )
        == "6629fae49393a05397450978507c4ef1"
    )


def test_rfc_2069_without_qop() -> None:
    challenge = parse_challenge(f'Digest realm="testrealm@host.com",nonce="{NONCE}"')
    assert (
        proof(
            challenge,
            user="Mufasa",
            password="CircleOfLife",
            method="GET",
            uri="/dir/index.html",
            cnonce="unused",
        )
        == "1949323746fe6a43ef61f9606e7febea"
    )


def test_rfc_7616_sha_256() -> None:
    challenge = parse_challenge(
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    assert (
        proof(
            challenge,
            user="Mufasa",
            password="Circle of Life",
            method="GET",
            uri="/dir/index.html",
            cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        )
        == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    )


def test_the_header_names_what_it_proves() -> None:
    challenge = parse_challenge('Digest realm="r",nonce="n\\"1",qop="auth",opaque="o",stale=true')
    header = authorization(
        challenge, user="acme-101", password="x", method="REGISTER", uri="sip:h", cnonce="c"
    )
    for part in (
        'Digest username="acme-101"',
        'realm="r"',
        'uri="sip:h"',
        "algorithm=MD5",
        "qop=auth",
        "nc=00000001",
        'cnonce="c"',
        'opaque="o"',
    ):
        assert part in header


def test_the_first_challenge_that_we_know_is_taken() -> None:
    chosen = first_supported(
        ['Digest realm="r",nonce="1",algorithm=SHA-512-256', 'Digest realm="r",nonce="2"']
    )
    assert chosen.nonce == "2"


@pytest.mark.parametrize(
    "header",
    ['Basic realm="r"', 'Digest realm="r",nonce="1",qop="auth-int"', "", "Digest algorithm=ROT13"],
)
def test_other_challenges_are_refused(header: str) -> None:
    with pytest.raises(UnsupportedChallenge):
        parse_challenge(header)


def test_no_challenge_at_all_is_refused() -> None:
    with pytest.raises(UnsupportedChallenge):
        first_supported([])
