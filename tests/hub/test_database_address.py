"""A database address is refused unless it proves whom it reaches."""

import pytest

from hub.runtime.postgres_address import PostgresAddress, external_address
from hub.runtime.postgres_faults import AddressNotVerified, AddressUnclear


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@db.example.org/tillhouse",
        "postgresql://u@db.example.org/tillhouse?sslmode=require",
        "postgresql://u@db.example.org/tillhouse?sslmode=verify-ca",
        "postgresql://u@localhost,db.example.org/tillhouse",
        "postgresql://u@localhost/tillhouse?hostaddr=192.0.2.7",
        "host=192.0.2.7 user=u",
    ],
)
def test_a_far_database_that_does_not_prove_itself_is_refused(url: str) -> None:
    with pytest.raises(AddressNotVerified, match="sslmode=verify-full"):
        external_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@db.example.org/tillhouse?sslmode=verify-full",
        "postgresql://u@one.example.org,two.example.org/tillhouse?sslmode=verify-full&target_session_attrs=read-write",
        "postgresql://u@localhost/tillhouse",
        "postgresql://u@127.0.0.1:5433/tillhouse",
        "postgresql://u@[::1]/tillhouse",
        "postgresql:///tillhouse?host=/run/postgresql",
    ],
)
def test_a_verified_or_near_database_is_taken(url: str) -> None:
    address = external_address(url)
    again = external_address(address.url("tillhouse_app"))
    assert again == address


@pytest.mark.parametrize("url", ["postgresql:///tillhouse", "mysql://u@h/x", "service=house", "postgresql://u@h:x y/"])
def test_an_address_that_leads_nowhere_certain_is_refused(url: str) -> None:
    with pytest.raises(AddressUnclear):
        external_address(url)


def test_an_address_shows_no_password_unless_asked() -> None:
    address = external_address("postgresql://u:secret@localhost:5433/tillhouse").with_option("passfile", "/keys/a b")
    assert "secret" not in repr(address)
    assert address.url("tillhouse_app") == "postgresql://tillhouse_app@localhost:5433/tillhouse?passfile=/keys/a%20b"
    assert address.url("tillhouse_app", "a/b") == "postgresql://tillhouse_app:a%2Fb@localhost:5433/tillhouse"
    assert address.sqlalchemy_url("x").startswith("postgresql+psycopg://x@localhost:5433/tillhouse")


def test_an_address_can_point_at_another_database() -> None:
    address = PostgresAddress(host="127.0.0.1", port="5433")
    assert address.in_database("other").url("x") == "postgresql://x@127.0.0.1:5433/other"
