"""How sure a reading is: how often readings like it were right, where that was counted, and nothing else.

Engines' scores are not probabilities and are not comparable; they are features (`capture.calibration`). The general
calibrations are in `capture.confidence_table`, which `python -m bench.confidence` writes; a tenant's own lie on top of
them, fitted on what its people decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from capture.calibration import LEAST_READINGS, WITH_HISTORY, Bin, Calibration, log_odds, named
from capture.confidence_table import CALIBRATIONS
from capture.events.base import Candidate, Field, Flag
from capture.intervals import lower_bound
from capture.promise import DEFAULT_ERROR, Threshold, fewest, threshold, thresholds
from capture.reading import Frozen

GENERAL = "general"
"""The feature by which a tenant's calibration takes up the general one."""

DOCUMENT = "document"
"""Stands for the event type where a field is read alike in documents of all types."""

CONFIDENCE_FLAGS = frozenset({"confidence_unknown", "promise_unsupported", "confidence_low"})
"""Codes of the flags that say of an event that it is not sure enough."""

Key = tuple[str, str, str]
"""Engine, event type and field, or WITH_HISTORY for whole events of that class; empty for all other whole events."""


class Confidence(Frozen):
    """How sure a reading is.

    `probability`: 0 to 1, None where nobody has measured it. `percent`: the same, 0 to 100, for people.
    `fields`: of each field that was measured. `parts`: what it was made of, as it is stored. `sentence`: where the
    number is from, or why there is none. `accept_from`: from which probability such events count without a person, with
    `promise`, which says in words what that rests on; None where nothing supports the tenant's promise.
    """

    probability: float | None
    percent: int | None
    fields: Mapping[str, float] = {}
    parts: Mapping[str, Any] = {}
    sentence: str
    accept_from: float | None = None
    promise: str = ""

    @property
    def said(self) -> str:
        """Where the number is from and what the promise rests on, in words."""
        return f"{self.sentence} {self.promise}".strip()


class Trust(Frozen):
    """What a tenant's events are judged by.

    `own`: the tenant's calibrations. `errors`: the promised share of wrong events among the accepted, by event type;
    the key "" is for all others.
    """

    general: Mapping[Key, Calibration] = CALIBRATIONS
    own: Mapping[Key, Calibration] = {}
    errors: Mapping[str, float] = {}

    @property
    def judges_with_history(self) -> bool:
        """Whether readings that the vehicle's other readings helped to choose can be judged."""
        return any(field == WITH_HISTORY for *_, field in (*self.general, *self.own))

    def error(self, event_type: str) -> float:
        """Return the promised error."""
        return self.errors.get(event_type, self.errors.get("", DEFAULT_ERROR))

    def cut(self, engine: str, event_type: str, signal: str = "") -> Threshold | None:
        """Return from where on events of a class are accepted; a tenant's own decisions go before labelled photos.

        None where neither supports the promise, or the decisions contradict it.
        """
        error = self.error(event_type)
        key = whole(engine, event_type, signal)
        general, own = self.general.get(key), self.own.get(key)
        usual = None if general is None else threshold(general, error)
        if own is None:
            return usual
        kept = threshold(own, error)
        if kept is not None or usual is None or general is None:
            return kept
        seen = [step for step in thresholds(own) if step.probability >= self._lifted(own, usual.probability)]
        told = (seen[-1].wrong * own.evidence, seen[-1].accepted * own.evidence) if seen else (0.0, 0.0)
        contradicted = lower_bound(*told) > error
        lifted = usual.model_copy(update={"probability": self._lifted(own, usual.probability)})
        return None if contradicted else lifted

    def assess(self, candidate: Candidate) -> Confidence:
        """Return how often readings like this one are right, and whether that is often enough for the promise."""
        engine, kind = candidate.engine, candidate.event_type
        said = self._probability(whole(engine, kind, candidate.signal), candidate.features, candidate.signal)
        words = kind.replace("_", " ")
        fields = self._fields(candidate)
        parts: dict[str, Any] = {"features": dict(candidate.features), "signal": candidate.signal, "fields": fields}
        if said is None:
            return Confidence(
                probability=None, percent=None, fields=fields, parts=parts, sentence=self._why_none(candidate)
            )
        probability, used = said
        cut = self.cut(engine, kind, candidate.signal)
        error = self.error(kind)
        parts |= {"probability": probability, "calibration": used.version}
        if cut is None:
            promise = (
                f"Nothing that was counted supports at most {error:.2%} wrong among accepted events of the type "
                f"{words} by {engine}; {fewest(error):,} right ones in a row would."
            )
        else:
            parts["accept_from"] = cut.probability
            promise = (
                f"From {cut.probability:.4f} on, {cut.wrong:,.0f} of {cut.accepted:,.0f} were wrong "
                f"({cut.bound:.2%} at most, by the 95 % bound); at most {error:.2%} is promised."
            )
        return Confidence(
            probability=probability,
            percent=round(probability * 100),
            fields=fields,
            parts=parts,
            sentence=_counted(used, probability, engine),
            accept_from=None if cut is None else cut.probability,
            promise=promise,
        )

    def _probability(self, key: Key, features: Mapping[str, float], signal: str) -> tuple[float, Calibration] | None:
        general, own = self.general.get(key), self.own.get(key)
        base = None
        if general is not None and general.signals.get(signal, 0) >= LEAST_READINGS:
            base = general.probability(named(features, signal))
        if own is not None and own.on_top_of:
            return None if base is None else (own.probability({GENERAL: log_odds(base)}), own)
        if own is not None:
            return own.probability(named(features, signal)), own
        return None if base is None or general is None else (base, general)

    def _lifted(self, own: Calibration, probability: float) -> float:
        return own.probability({GENERAL: log_odds(probability)}) if own.on_top_of else probability

    def _fields(self, candidate: Candidate) -> dict[str, float]:
        found = {}
        for name, field in candidate.fields.items():
            for event_type in (candidate.event_type, DOCUMENT):
                said = self._probability((candidate.engine, event_type, name), field_features(field), "field")
                if said is not None:
                    found[name] = round(said[0], 4)
                    break
        return found

    def _why_none(self, candidate: Candidate) -> str:
        words = candidate.event_type.replace("_", " ")
        known = self.general.get(whole(candidate.engine, candidate.event_type, candidate.signal))
        if known is None:
            return f"Nobody has measured {candidate.engine} on labelled photos of the type {words} yet."
        return (
            f"Only {known.signals.get(candidate.signal, 0)} labelled photos gave {candidate.engine} a reading of the "
            f"class {candidate.signal}; {LEAST_READINGS} are needed for a number."
        )


def whole(engine: str, event_type: str, signal: str) -> Key:
    """Return the key of the calibration for whole events of a class."""
    return engine, event_type, signal if signal == WITH_HISTORY else ""


def confidence_flags(sure: Confidence) -> list[Flag]:
    """Return the flag of an event that is not sure enough to be accepted, if it is not."""
    if sure.probability is None:
        return [Flag(code="confidence_unknown", sentence=sure.said)]
    if sure.accept_from is None:
        return [Flag(code="promise_unsupported", sentence=sure.said)]
    if sure.probability < sure.accept_from:
        return [Flag(code="confidence_low", sentence=sure.said)]
    return []


def field_features(field: Field) -> dict[str, float]:
    """Return what speaks for and against one field."""
    return {
        "score": log_odds(0.5 if field.score is None else field.score),
        "unscored": float(field.score is None),
        "derived": float(field.derived),
        "hypotheses": float(min(3, len(field.hypotheses))),
        "length": float(min(40, len(field.value))),
    }


def _counted(calibration: Calibration, probability: float, engine: str) -> str:
    """Say how many readings of about this probability were right."""
    bins = calibration.bins
    near: Bin = min(bins, key=lambda one: (not one.low <= probability <= one.high, abs(one.mean - probability)))
    return (
        f"{near.right:,.0f} of {near.n:,.0f} readings by {engine} as sure as this one "
        f"({near.low:.3f} to {near.high:.3f}) were right ({calibration.source})."
    )
