"""The carts that customers bring, by the version of the app that made them; it sends nothing.

Apps 6.2 and older put no currency into a cart. Their share, 7.1 %, is spread evenly over the carts instead of drawn,
so that the share of failures is the same in a window of four seconds as in one of ten minutes.
"""

import random
from typing import Any

OLD_APPS = (("6.2", 0.044), ("6.1", 0.017), ("6.0", 0.010))
NEW_APPS = ("6.4", "6.4", "6.4", "6.3")
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "GBP", "CHF", "SEK")
GOLDEN = 0.618033988749895
NAMES = ("mia", "noah", "ines", "paul", "lena", "omar", "anna", "kofi", "yuki", "luis")
DOMAINS = ("example.com", "example.net", "example.org")


class Customers:
    """An endless row of carts; `seed` makes the row repeatable."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._served = 0

    def next_cart(self) -> dict[str, Any]:
        """Take the next customer's cart."""
        # Multiples of the golden ratio fill the unit interval as evenly as any row can.
        self._served += 1
        position = self._served * GOLDEN % 1.0
        for app, share in OLD_APPS:
            if position < share:
                return self.cart(app)
            position -= share
        return self.cart(self._random.choice(NEW_APPS))

    def cart(self, app: str) -> dict[str, Any]:
        """Fill a cart as one version of the app does."""
        draw = self._random
        lines = [
            {
                "sku": f"sku-{draw.randrange(1000, 9999)}",
                "price": draw.randrange(299, 8999),
                "count": draw.randint(1, 3),
            }
            for _ in range(draw.randint(1, 4))
        ]
        customer = f"{draw.choice(NAMES)}.{draw.randrange(100, 999)}@{draw.choice(DOMAINS)}"
        cart: dict[str, Any] = {"lines": lines, "app": app, "customer": customer}
        if app in NEW_APPS:
            cart["currency"] = draw.choice(CURRENCIES)
        if draw.random() < 0.1:
            cart["voucher_percent"] = draw.choice((5, 10, 15))
        return cart
