"""Price a cart: check it, take off reductions, add shipping and tax; it takes no payment and keeps nothing.

Amounts are integers in the smallest unit of their currency (cents for EUR, yen for JPY).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MINOR_UNITS = {"CHF": 100, "EUR": 100, "GBP": 100, "JPY": 1, "SEK": 100, "USD": 100}
# In whole units of the currency; prices are gross, so the tax is contained in what is paid.
FREE_SHIPPING_FROM = 60
SHIPPING = 5
TAX_PERCENT = 19
# Past these bounds a cart comes from a script: the app's own form stops well below them.
MOST_LINES = 100
MOST_PER_LINE = 99
MOST_TO_PAY = 1_000_000


class InvalidCart(ValueError):
    """The cart cannot be priced; the words say why and are shown to the customer."""


@dataclass(frozen=True)
class Total:
    """What the customer pays, in the smallest unit of `currency`, and what it is made of."""

    goods: int
    reduction: int
    shipping: int
    tax: int
    currency: str

    @property
    def amount(self) -> int:
        """The sum that is charged; the tax is contained in it."""
        return self.goods - self.reduction + self.shipping


def check(cart: Mapping[str, Any]) -> None:
    """Refuse a cart that no price can be given for; raises InvalidCart."""
    lines = cart.get("lines")
    if not isinstance(lines, list) or not lines:
        raise InvalidCart("the cart is empty")
    if len(lines) > MOST_LINES:
        raise InvalidCart(f"more than {MOST_LINES} lines")
    for line in lines:
        if not isinstance(line, dict) or not isinstance(line.get("price"), int) or line["price"] < 0:
            raise InvalidCart("a line has no price")
        if not isinstance(line.get("count"), int) or not 0 < line["count"] <= MOST_PER_LINE:
            raise InvalidCart(f"a line has no count between 1 and {MOST_PER_LINE}")


def goods(cart: Mapping[str, Any]) -> int:
    """Add up the lines, before reductions.

    Returns the smallest units of the currency; the cart has been checked.
    """
    return sum(line["price"] * line["count"] for line in cart["lines"])


def reduction(cart: Mapping[str, Any], sum_of_goods: int) -> int:
    """Take the voucher's percentage; no voucher takes nothing."""
    percent = cart.get("voucher_percent", 0)
    if not isinstance(percent, int) or not 0 <= percent <= 100:
        raise InvalidCart("the voucher is not known")
    # Rounded down: a reduction never takes more than was promised.
    return sum_of_goods * percent // 100


def shipping(sum_to_pay: int, unit: int) -> int:
    """Ship free of charge from 60 whole units of the currency on; `unit` is how many small ones make one."""
    return 0 if sum_to_pay >= FREE_SHIPPING_FROM * unit else SHIPPING * unit


def contained_tax(amount: int) -> int:
    """Tell the tax that is contained in an amount, rounded to the nearest unit."""
    return (amount * TAX_PERCENT * 2 + 100 + TAX_PERCENT) // ((100 + TAX_PERCENT) * 2)


def total(cart: Mapping[str, Any]) -> Total:
    """Price the whole cart.

    Raises InvalidCart for a cart without lines, with an unknown voucher or in an unknown currency.
    """
    check(cart)
    currency = cart["currency"]
    unit = MINOR_UNITS.get(currency)
    if unit is None:
        raise InvalidCart("the currency is not taken here")
    of_goods = goods(cart)
    off = reduction(cart, of_goods)
    if of_goods - off > MOST_TO_PAY * unit:
        raise InvalidCart("the sum is too large for one order")
    shipped = shipping(of_goods - off, unit)
    return Total(of_goods, off, shipped, contained_tax(of_goods - off + shipped), currency)
