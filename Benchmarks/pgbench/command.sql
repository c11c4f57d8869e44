-- What the directory sends for one SetRegion that renames a town, statement by statement. The run compares this file with
-- the statements that the service really sent; only casts of parameters are added, since pgbench sends no types.
\set number random(1, 896)
\set code 370902000 + :number
\set identifier random(1, 9000000000000000000)
BEGIN ISOLATION LEVEL READ COMMITTED;
INSERT INTO "directory".request_identifier (subject, method, identifier, request_hash)
VALUES (:subject, :method, :identifier, :hash) ON CONFLICT DO NOTHING
RETURNING (SELECT clock_timestamp() + shift_us * interval '1 microsecond' FROM "directory".business_clock) AS now \gset
SELECT code, name, seq FROM directory.region WHERE code = :parent \gset parent_
INSERT INTO directory.region (code, place, name, parent, seq)
VALUES (:code, :code, :identifier,
    :parent, :one)
ON CONFLICT DO NOTHING;
SELECT code, name, seq FROM directory.region WHERE code = :code
FOR UPDATE \gset known_
UPDATE directory.region SET name = :identifier, seq = seq + 1
WHERE code = :code AND seq = :known_seq;
WITH written AS (
    INSERT INTO directory.journal
        (topic, key, seq, type, event_id, occurred_at, traceparent, extra_headers, payload)
    SELECT topic, key, seq, type, event_id,
        timestamptz 'epoch' + occurred_at * interval '1 microsecond', :traceparent,
        NULLIF(extra_headers, '')::jsonb, CASE WHEN has_payload = 1 THEN payload END
    FROM unnest(
        :topics::text[], :keys::text[], :seqs::bigint[], :types::text[],
        :events::text[], :times::bigint[],
        :extras::text[], :payloads::bytea[],
        :flags::bigint[]
    ) WITH ORDINALITY AS event (
        topic, key, seq, type, event_id, occurred_at, extra_headers, payload, has_payload, place)
    ORDER BY place
    RETURNING id
)
INSERT INTO directory.pending (journal_id) SELECT id FROM written;
INSERT INTO "directory".audit_entry
    (business_at, subject, subject_kind, unit, enterprise, method, object, outcome, reason, detail,
     request_identifier, trace_id, remote)
VALUES (:now, :subject, :kind, :blank,
    :blank, :method, :object, :outcome, :blank,
    :blank, :identifier, :trace,
    :remote);
UPDATE "directory".request_identifier SET answer = :answer
WHERE subject = :subject AND method = :method AND identifier = :identifier;
COMMIT;
