"""What people decided, and labelled photos -> a tenant's own calibrations, on top of the general ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from capture.calibration import Calibration, log_odds, named
from capture.confidence import GENERAL, Key, Trust, whole
from capture.events.base import Hint
from capture.fitting import Sample, fit
from extractors.reader import Reader
from storage.db import Actor
from storage.queries import trust
from storage.queries.trust import Decided
from worker.evaluation import outcome_of
from worker.labelled import LabelledPhoto
from worker.services import Services

ENOUGH_DECISIONS = 100
"""With fewer decisions on an engine's events of one type, a tenant has no calibration of its own."""


@dataclass(frozen=True)
class Fitted:
    """What is known of one engine's events of one type. `calibration`: None where there are too few decisions."""

    engine: str
    event_type: str
    decisions: int
    right: int
    calibration: Calibration | None


def calibrate(
    services: Services, tenant_id: UUID, actor: Actor, labelled: Iterable[tuple[str, str, Sample]] = (), *, keep: bool
) -> list[Fitted]:
    """Fit the tenant's calibrations on its decisions and on labelled readings: engine, event type and sample of each.

    `keep`: put them in use.
    """
    with services.db.tenant_tx(tenant_id, actor) as tx:
        samples: dict[Key, list[Sample]] = {}
        for decided in trust.decisions(tx):
            sample = sample_of(decided)
            if sample is not None:
                samples.setdefault(whole(decided.engine, decided.event_type, sample.signal), []).append(sample)
        for engine, event_type, sample in labelled:
            samples.setdefault(whole(engine, event_type, sample.signal), []).append(sample)
        made = [_fitted(key, some) for key, some in sorted(samples.items())]
        if keep:
            for one in made:
                if one.calibration is not None:
                    trust.keep_calibration(tx, one.calibration)
    return made


def sample_of(decided: Decided) -> Sample | None:
    """Return what a decision says of a reading: corrected, rejected and voided ones were wrong.

    None where the features were not kept. A blind sample stands for as many events as its chance says.
    """
    features = decided.parts.get("features")
    if not isinstance(features, dict):
        return None
    right = decided.review_state == "verified" if decided.outcome is None else decided.outcome == "same"
    return Sample(
        features={str(name): float(value) for name, value in features.items()},
        signal=str(decided.parts.get("signal", "")),
        right=right,
        group=str(decided.vehicle_id),
        weight=1.0 if decided.chance is None or decided.outcome is None else 1.0 / decided.chance,
    )


def labelled_samples(
    photos: Iterable[LabelledPhoto], reader: Reader, hint: Hint, seen: Callable[[], None] = lambda: None
) -> Iterable[tuple[str, str, Sample]]:
    """Read labelled photos; yield engine, event type and sample of each event that comes of them.

    `seen`: called after each photo. A photo that cannot be read is passed over.
    """
    for photo in photos:
        outcome, examined = outcome_of(photo, reader, Trust(), hint)
        seen()
        if examined is None or not examined.events:
            continue
        candidate = examined.events[0].candidate
        yield (
            candidate.engine,
            candidate.event_type,
            Sample(candidate.features, candidate.signal, outcome.exact, photo.file),
        )


def _fitted(key: Key, samples: list[Sample]) -> Fitted:
    engine, event_type, part = key
    right = sum(sample.right for sample in samples)
    if len(samples) < ENOUGH_DECISIONS or len({sample.group for sample in samples}) < 2:
        return Fitted(engine, event_type, len(samples), right, None)
    judge = Trust()
    general = judge.general.get(key)
    source = f"{len(samples):,} decisions"
    if general is None:
        whole_ones = [Sample(named(s.features, s.signal), s.signal, s.right, s.group, s.weight) for s in samples]
        return Fitted(engine, event_type, len(samples), right, fit(whole_ones, engine, event_type, source, field=part))
    lifted = [
        Sample(
            {GENERAL: log_odds(general.probability(named(s.features, s.signal)))},
            s.signal, s.right, s.group, s.weight,
        )
        for s in samples
    ]  # fmt: skip
    return Fitted(
        engine, event_type, len(samples), right, fit(lifted, engine, event_type, source, field=part, on_top_of=GENERAL)
    )
