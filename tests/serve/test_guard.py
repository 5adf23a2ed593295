"""Who may ask."""

import pytest

from tests.serve.conftest import GROUP

pytestmark = GROUP


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:8080", 421),
        ("", 421),
    ],
)
def test_name_of_another_site_is_refused(client, host, status):
    answer = client.get("/tap/availability", headers={"host": host})
    assert answer.status_code == status


def test_page_of_another_site_is_refused(client, service):
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        answer = client.get("/tap/availability", headers={"origin": origin})
        assert answer.status_code == 403
    answer = client.get("/tap/availability", headers={"origin": service.url})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/tap/sync", "/tap/tables", "/page/page.js"])
def test_every_answer_says_what_a_browser_may_load(client, path):
    policy = client.get(path).headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "*" not in policy
