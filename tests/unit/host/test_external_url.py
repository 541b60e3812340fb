"""The address of the site, as docassemble's configuration has it."""

import pytest

from docassemble.Scheduler.host.docassemble import _external_url


@pytest.mark.parametrize(
    ("configuration", "url"),
    [
        ({"url root": "https://legal.example.com"}, "https://legal.example.com/"),
        ({"url root": "https://legal.example.com/", "root": "/"}, "https://legal.example.com/"),
        ({"url root": "http://10.0.0.5:8080", "root": "/da/"}, "http://10.0.0.5:8080/da/"),
        ({"external hostname": "legal.example.com"}, "http://legal.example.com/"),
        ({"external hostname": "legal.example.com", "use https": True}, "https://legal.example.com/"),
        (
            {"external hostname": "a.example.com:81", "behind https load balancer": True, "root": "/da/"},
            "https://a.example.com:81/da/",
        ),
        (
            {"url root": "https://a.example.com", "external hostname": "b.example.com"},
            "https://a.example.com/",
        ),
        ({}, None),
        ({"url root": None, "external hostname": None, "root": "/"}, None),
        ({"url root": "legal.example.com"}, None),
        ({"url root": "https://"}, None),
        ({"url root": "https://[a"}, None),
        ({"url root": "javascript://a"}, None),
        ({"url root": "https://a b"}, None),
        ({"external hostname": "a\nb"}, None),
    ],
)
def test_the_address_is_that_of_the_configuration_and_none_rather_than_a_wrong_one(configuration, url):
    assert _external_url(configuration) == url
