"""Customer cards: by chosen number, tabs from a company's own system, drawn harmlessly."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import pytest
from django.test import Client

from callcenter.tenants.scope import tenant_scope
from phonebook.cards.drawing import NotDrawn, TemplateBroken, draw
from phonebook.cards.links import filled, is_link
from phonebook.cards.models import CustomCard, PopupChoice
from phonebook.cards.sanitising import sanitised
from phonebook.cards.services import LinkNotRead, change_popup, create_card
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.services import company_book, create_contact
from tests.cast import Company, make_company
from tests.phonebook.contacts.cast import actor
from tests.phonebook.naming.others import Others, serve_others

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MOBILE, WORK = "+37255512345", "+3726001234"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p onclick=x>a<b>b", "<p>a<b>b</b></p>"),
        ("<script>alert(1)</script><p>x</p>", "<p>x</p>"),
        ("<img src=x onerror=alert(1)>t", "t"),
        ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
        ("<a href=' HTTPS://a.example/?a=1&b=\"2'>x</a>",
         '<a href="HTTPS://a.example/?a=1&amp;b=&quot;2" target="_blank" rel="noopener noreferrer">x</a>'),
        ("<td colspan=3 style=color:red>x</td></table></p>", '<td colspan="3">x</td>'),
        ("<style>p{}</style><svg><p>x</p></svg>1 &lt; 2", "1 &lt; 2"),
        ("<form action=/x><button>x</button></form>", "x"),
        ("<!-- x --><br/>&amp;", "<br>&amp;"),
    ],
)  # fmt: skip
def test_only_plain_elements_stay(html: str, kept: str) -> None:
    assert sanitised(html) == kept


def test_a_template_shows_its_data_escaped() -> None:
    template = "<p>{{ data.name }}</p>{% for one in data.orders %}<li>{{ one }}</li>{% endfor %}"
    data = {"name": "<b>Mari</b>", "orders": [1, 2]}
    assert draw(template, data, MOBILE) == ("<p>&lt;b&gt;Mari&lt;/b&gt;</p><li>1</li><li>2</li>")
    assert draw("{{ data.nobody.knows }}{{ number }}", {}, MOBILE) == MOBILE


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ data.__init__.__globals__ }}x{{ cycler.__init__.__globals__.os.system('id') }}",
        "{% for a in data.many %}{% for b in data.many %}{% for c in data.many %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10000000000 }}",
        "{% include '/etc/passwd' %}",
        "{% for a in data.many %}{% for b in data.many %}xxxxxxxxxxxxx{% endfor %}{% endfor %}",
    ],
)  # fmt: skip
def test_a_hostile_template_draws_nothing(template: str) -> None:
    begun = time.monotonic()
    try:
        said: str = draw(template, {"many": list(range(3000))}, MOBILE)
    except NotDrawn:
        said = ""
    assert "uid=" not in said
    assert "subprocess" not in said
    assert "root:" not in said
    assert len(said) < 300_000
    assert time.monotonic() - begun < 8


def test_addresses_lead_where_they_were_meant_to() -> None:
    assert is_link("https://crm.example/?q=$CALLER_NUMBER")
    for wrong in (
        "javascript:alert(1)//$CALLED", "https://$CALLED/", "https://$CALLER_NAME.example/",
        "//crm.example/$CALLED", "https://user:secret@crm.example/", "ftp://crm.example/",
        "https://crm.example/ x", "data:text/html,$CALLER_NAME", "https://",
    ):  # fmt: skip
        assert not is_link(wrong), wrong
    values = {"$CALLER_NAME": "A&B/../ $CALLED ü", "$CALLER_NUMBER": MOBILE, "$CALLED": "1"}
    assert filled("https://x.example/$CALLER_NAME?n=$CALLER_NUMBER&d=$CALLED", values) == (
        "https://x.example/A%26B%2F..%2F%20%24CALLED%20%C3%BC?n=%2B37255512345&d=1"
    )


# --- doors ------------------------------------------------------------------------------------
@pytest.fixture
def alice(settings: Any, db: None) -> Company:
    settings.OUTBOUND_ALLOWED = ["127.0.0.1/32"]
    company = make_company("alice", number="+3726001001")
    with tenant_scope(company.tenant.pk):
        numbers = (NumberDraft(MOBILE, "mobile"), NumberDraft(WORK, "work"))
        create_contact(
            book=company_book(), draft=ContactDraft(name="Mari Tamm", numbers=numbers),
            by=actor(company),
        )  # fmt: skip
    return company


@pytest.fixture
def others() -> Generator[Others]:
    with serve_others() as one:
        yield one


def signed_in(company: Company, role: str = "agent") -> Client:
    client = Client()
    client.force_login(company.people[role], BACKEND)
    return client


def make_card(at: Company, url: str, template: str = "<p>{{ data.name }}</p>") -> CustomCard:
    with tenant_scope(at.tenant.pk):
        return create_card(by=actor(at), name="CRM", url=url, template=template)


def test_the_card_is_asked_by_the_chosen_number(alice: Company, others: Others) -> None:
    card = make_card(alice, others.url)
    others.names[WORK] = "From <CRM>"
    client = signed_in(alice)
    page = client.get("/t/alice/card/", {"number": MOBILE}).content.decode()
    assert "Mari Tamm" in page
    assert f"/card/own/{card.pk}/?number=%2B37255512345" in page
    with tenant_scope(alice.tenant.pk):
        change_popup(user_id=alice.people["agent"].pk, card_number="work")
    page = client.get("/t/alice/card/", {"number": MOBILE}).content.decode()
    assert f"/card/own/{card.pk}/?number=%2B3726001234" in page
    own = client.get(f"/t/alice/card/own/{card.pk}/", {"number": WORK}).content.decode()
    assert "<p>From &lt;CRM&gt;</p>" in own
    assert others.asked == [WORK]


def test_who_withholds_the_number_is_not_called_anonymous(alice: Company) -> None:
    client = signed_in(alice)
    asked = {"number": "anonymous", "call": "1.1"}
    answer = client.get("/t/alice/card/", asked)
    page = answer.content.decode()
    assert answer.context["title"] == "Number withheld"
    assert answer.context["shown"] == ""
    assert "No phonebook has this number" not in page
    calls = client.get("/t/alice/calls/about/", asked).content.decode()
    assert "No earlier calls" not in calls
    assert "withheld" in calls
    notes = client.post("/t/alice/notes/about/?number=anonymous&call=1.1", {"text": "Rang twice"})
    text = notes.content.decode()
    assert "Rang twice" in text
    assert "Number withheld" in text
    assert ">anonymous<" not in text


def test_a_broken_system_is_said_in_the_tab(alice: Company, others: Others) -> None:
    card = make_card(alice, others.url)
    url = f"/t/alice/card/own/{card.pk}/"
    others.status = 500
    assert "error 500" in signed_in(alice).get(url, {"number": WORK}).content.decode()
    others.status, others.answer = 200, b"<html>"
    assert "not JSON" in signed_in(alice).get(url, {"number": WORK}).content.decode()
    others.status = 404
    assert "does not know" in signed_in(alice).get(url, {"number": WORK}).content.decode()


def test_unknown_withheld_and_nonsense_numbers_have_a_card_too(alice: Company) -> None:
    client = signed_in(alice)
    for number in ("+37255599999", "anonymous", "", "x" * 200):
        assert client.get("/t/alice/card/", {"number": number}).status_code == 200


def test_who_may_not_define_cards_and_strangers(alice: Company, others: Others) -> None:
    card = make_card(alice, others.url)
    assert signed_in(alice).get("/t/alice/card/setup/").status_code == 403
    bob = make_company("bob", number="+3726002001")
    client = signed_in(bob, "admin")
    assert client.get("/t/alice/card/", {"number": MOBILE}).status_code == 404
    assert client.get(f"/t/bob/card/own/{card.pk}/").status_code == 404
    assert client.get(f"/t/bob/card/setup/{card.pk}/").status_code == 404
    assert b"Mari" not in client.get("/t/bob/card/", {"number": MOBILE}).content


def test_cards_and_choices_are_kept(alice: Company) -> None:
    admin = signed_in(alice, "admin")
    fields = {"name": "CRM", "position": 1, "url": "https://crm.example/?q={number}",
              "template": "{{ data }}", "is_active": "on"}  # fmt: skip
    assert admin.post("/t/alice/card/setup/new/", fields).status_code == 302
    assert admin.post("/t/alice/card/setup/new/", fields).status_code == 422
    assert admin.post(
        "/t/alice/card/setup/new/", {**fields, "name": "B", "template": "{% if"}
    ).status_code == 422  # fmt: skip
    wishes = {"opens_card": "ring", "card_number": "mobile", "link_when": "button",
              "link": "https://crm.example/?n=$CALLER_NUMBER"}  # fmt: skip
    client = signed_in(alice)
    assert client.post("/t/alice/card/popup/", wishes).status_code == 302
    told = client.get("/t/alice/card/popup/choice/").json()
    assert (told["shows_popup"], told["opens_card"], told["link"]) == (
        False,
        "ring",
        wishes["link"],
    )
    assert client.post(
        "/t/alice/card/popup/", {**wishes, "link": "javascript:alert(1)"}
    ).status_code == 422  # fmt: skip
    with tenant_scope(alice.tenant.pk):
        assert PopupChoice.objects.get().link == wishes["link"]
        with pytest.raises(LinkNotRead):
            change_popup(user_id=alice.people["agent"].pk, link="https://$CALLED/")
        with pytest.raises(TemplateBroken):
            create_card(by=actor(alice), name="C", url="https://a.example/{digits}", template="{%")
