"""Identifiers as others read them: python-stdnum must find what Devisa finds.

A filter normalises its value as every field does, so that asking for a number tells whether it is
one, and nothing is written.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import grpc
import pytest
from stdnum.id import npwp as oracle

from client import Devisa, Refusal
from devisa.registry.v1 import organisation_pb2

Connect = Callable[[str], Devisa]

NUMBERS = 300


def is_npwp(devisa: Devisa, number: str) -> bool:
    """Whether Devisa takes the text for a taxpayer number."""
    request = organisation_pb2.ListOrganisationsRequest(filter=f'npwp = "{number}"')
    try:
        devisa.organisations.ListOrganisations(request)
    except grpc.RpcError as error:
        refusal = Refusal.of(error)
        assert refusal.reason == "FILTER_INVALID", refusal
        return False
    return True


def digits(choose: random.Random, count: int) -> str:
    return "".join(choose.choice("0123456789") for _ in range(count))


def test_old_numbers_are_read_as_the_oracle_reads_them(connect: Connect) -> None:
    """15 digits, and 16 that begin with 0; about one in ten has the right check digit."""
    devisa, choose = connect("oracle"), random.Random(2025)
    found = {True: 0, False: 0}
    for _ in range(NUMBERS):
        number = choose.choice(["", "0"]) + digits(choose, 15)
        expected = oracle.is_valid(number)
        assert is_npwp(devisa, number) == expected, number
        found[expected] += 1
    assert min(found.values()) > NUMBERS // 20, f"a test of one kind alone tells little: {found}"


def test_the_printed_form_is_read_as_the_oracle_prints_it(connect: Connect) -> None:
    devisa, choose = connect("oracle"), random.Random(2026)
    for _ in range(NUMBERS // 10):
        serial = digits(choose, 8)
        number = serial + oracle.luhn.calc_check_digit(serial) + digits(choose, 6)
        assert is_npwp(devisa, oracle.format(number)), number


@pytest.mark.parametrize("length", [0, 1, 9, 14, 17, 22])
def test_other_lengths_are_none(connect: Connect, length: int) -> None:
    number = digits(random.Random(length), length)
    assert not oracle.is_valid(number)
    assert not is_npwp(connect("oracle"), number)


def test_residents_numbers_are_read_as_the_oracle_reads_them(connect: Connect) -> None:
    """16 digits as of a resident: place, date of birth (a woman's day has 40 added), serial number.

    The places are of regencies that both lists have.
    """
    devisa, choose = connect("oracle"), random.Random(2027)
    found = {True: 0, False: 0}
    for _ in range(NUMBERS):
        place = choose.choice(["350101", "352511", "357801", "317101", "997801"])
        day = choose.randint(1, 31) + choose.choice([0, 40])
        month, year = choose.randint(1, 14), choose.randint(0, 99)
        number = f"{place}{day:02}{month:02}{year:02}{choose.randint(1, 9999):04}"
        expected = oracle.is_valid(number)
        assert is_npwp(devisa, number) == expected, number
        found[expected] += 1
    assert min(found.values()) > NUMBERS // 20, f"a test of one kind alone tells little: {found}"
