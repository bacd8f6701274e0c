-- Files of trips and notes: what the phone may say they are, and events that come from them.

ALTER TABLE capture.uploads DROP CONSTRAINT uploads_hint_kind_check;
ALTER TABLE capture.uploads ADD CONSTRAINT uploads_hint_kind_check
  CHECK (hint_kind IN ('odometer', 'fuel_purchase', 'maintenance', 'issue_report', 'trip_batch'));

ALTER TABLE capture.manual_events DROP CONSTRAINT manual_events_source_check;
ALTER TABLE capture.manual_events ADD CONSTRAINT manual_events_source_check
  CHECK (source IN ('photo', 'file', 'manual'));

-- What no person entered counts without a person only if somebody has measured how often it is right.
ALTER TABLE capture.manual_events DROP CONSTRAINT unknown_confidence_is_not_accepted;
ALTER TABLE capture.manual_events ADD CONSTRAINT unknown_confidence_is_not_accepted
  CHECK (source = 'manual' OR confidence IS NOT NULL OR review_state <> 'accepted');
