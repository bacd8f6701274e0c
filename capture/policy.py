"""What a tenant's photos may be shown to, and what that may cost. Money is in millionths of a US dollar."""

from __future__ import annotations

from capture.reading import Frozen


class Policy(Frozen):
    """What bounds the engines for one document.

    `forbidden`: engines that must not see it. `event_budget_micros`: what engines with a price may cost for it;
    `day_left_micros`: what is left for the tenant's day. None: no bound. `review_micros`: what one review by a person
    is worth; None: not said, so that no price is too high.
    """

    forbidden: frozenset[str] = frozenset()
    event_budget_micros: int | None = None
    day_left_micros: int | None = None
    review_micros: int | None = None

    def too_dear(self, price: int | None, spent: int) -> str | None:
        """Say which budget an engine's price would break after what was spent on this document; None if none.

        `price`: None where nobody has said it, which no budget can bear.
        """
        for name, budget in (("event", self.event_budget_micros), ("day", self.day_left_micros)):
            if budget is None:
                continue
            if price is None:
                return "Its price is not known, and the tenant has set a budget."
            if spent + price > budget:
                left = max(0, budget - spent)
                return f"It costs about {dollars(price)}, and {dollars(left)} are left of the {name}'s budget."
        return None

    def not_worth(self, probability: float | None, price: int | None) -> str | None:
        """Say why an engine's look is not worth its price; None if it is.

        `probability`: of what was read so far being right, None where a person is needed as it stands: then all of a
        review may be saved.
        """
        if price is None or self.review_micros is None:
            return None
        gain = (1.0 if probability is None else 1.0 - probability) * self.review_micros
        if gain >= price:
            return None
        return (
            f"It costs about {dollars(price)}; what was read is right with a probability of "
            f"{probability or 0.0:.4f}, so that its look is worth {dollars(round(gain))}."
        )


def dollars(micros: int) -> str:
    """Return an amount in words."""
    return f"{micros / 1e6:.4f} US dollars"
