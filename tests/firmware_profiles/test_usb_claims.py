"""A device on the USB is guessed at by its id; two profiles never claim the same id without saying why."""

import msgspec

from firmware_profiles import Claim, UsbId, candidates, double_claims
from firmware_profiles.claims import claims


def test_profiles_that_claim_the_same_id_say_why() -> None:
    assert double_claims() == ()
    assert any(claim.usb.shared for claim in claims())


def test_two_profiles_with_one_id_are_told() -> None:
    one = Claim("printers", "one", UsbId(0x1234, 0x0001), None, supported=True)
    two = msgspec.structs.replace(one, name="two")
    other = msgspec.structs.replace(one, name="other", usb=UsbId(0x1234, 0x0002))
    reasoned = msgspec.structs.replace(two, usb=UsbId(0x1234, 0x0001, shared="a reason"))
    assert double_claims([one, two, other]) == ((one, two),)
    assert double_claims([one, reasoned]) == ((one, reasoned),)
    assert double_claims([reasoned, msgspec.structs.replace(reasoned, name="three")]) == ()


def test_a_printer_that_says_its_model_is_the_first_guess() -> None:
    assert candidates(0x04B8, 0x0202, "TM-T88VI")[0].name == "epson-tm-t88vi"
    assert candidates(0x04B8, 0x0202, "TM-T20III")[0].name == "epson-tm-t20iii"
    assert candidates(0x04B8, 0x0E28)[0].name == "epson-tm-t20iii"
    assert candidates(0x1FC9, 0x2016, "Printer-80\0")[0].name == "xprinter-xp-n160ii"


def test_an_exact_id_comes_before_a_vendor() -> None:
    guesses = candidates(0x04B8, 0x0202)
    assert guesses[0].usb.product == 0x0202
    assert guesses[-1].usb.product is None


def test_an_unknown_product_of_a_known_vendor_is_still_guessed_at_and_a_stranger_is_not() -> None:
    assert {guess.kind for guess in candidates(0x0C2E, 0xFFFE)} == {"scanners"}
    assert candidates(0xFFFF, 0x0001) == ()


def test_a_model_that_is_not_supported_is_found_all_the_same() -> None:
    assert [(guess.name, guess.supported) for guess in candidates(0x05E0, 0x0700)] == [("symbol-cs1504", False)]
