-- What notification sends for one batch of new enterprises, statement by statement: offset, inbox, order, effects. The
-- statements between "each" and "end" are repeated for every event of a batch, with its number for the #. The run compares
-- this file with the statements that the service really sent.
\set batch :batch + 1
SELECT * FROM floor.batch WHERE number = :batch \gset
-- transaction
BEGIN ISOLATION LEVEL READ COMMITTED;
UPDATE notification.consumer_offset SET next = :next
WHERE cluster = :cluster AND consumer_group = :group AND topic = :topic
    AND partition = :partition AND next = :expected
RETURNING repairing_since IS NOT NULL AS repairing;
INSERT INTO notification.inbox (recorded_at, source, id, topic, partition, message_offset)
SELECT timestamptz 'epoch' + recorded_at * interval '1 microsecond', source, id, :topic,
    partition, message_offset
FROM unnest(
    :recorded::bigint[], :sources::text[], :ids::text[],
    :partitions::bigint[], :offsets::bigint[]
) AS event (recorded_at, source, id, partition, message_offset)
ON CONFLICT DO NOTHING
RETURNING source, id;
SELECT key, seq FROM notification.aggregate_seq
WHERE topic = :topic AND key = ANY(:keys::text[]);
SELECT key, dead_letter FROM notification.parked_key
WHERE topic = :topic AND key = ANY(:keys::text[]);
-- each
SELECT enterprise_id, ordinal FROM notification.enterprise
WHERE enterprise_id = :key# OR ordinal = :ordinal#;
INSERT INTO notification.enterprise (enterprise_id, ordinal) VALUES (:key#, :ordinal#);
-- end
INSERT INTO notification.aggregate_seq (topic, key, seq)
SELECT :topic, key, seq FROM unnest(:keys::text[], :seqs::bigint[]) AS moved (key, seq)
ON CONFLICT (topic, key) DO UPDATE SET seq = GREATEST(aggregate_seq.seq, EXCLUDED.seq);
COMMIT;
