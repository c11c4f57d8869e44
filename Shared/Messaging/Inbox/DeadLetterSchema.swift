import Postgres

/// What became of a dead letter, who decided it, and which letter holds which key (XCT-6).
public enum DeadLetterSchema {
    /// The steps of the component "deadletters"; `schema` is a trusted name such as `policy`.
    public static func migrations(schema: String) -> [Migration] {
        [
            Migration(
                version: 1, name: "decisions",
                sql: """
                    ALTER TABLE \(schema).dead_letter
                        ADD COLUMN tried_at timestamptz,
                        ADD COLUMN replayed_by text NOT NULL DEFAULT '',
                        ADD COLUMN dismissed_at timestamptz,
                        ADD COLUMN dismissed_by text NOT NULL DEFAULT '',
                        ADD COLUMN dismissal text NOT NULL DEFAULT '' CHECK (length(dismissal) <= 500),
                        ADD CONSTRAINT dead_letter_one_end CHECK (replayed_at IS NULL OR dismissed_at IS NULL),
                        ADD CONSTRAINT dead_letter_dismissal CHECK ((dismissed_at IS NULL) = (dismissal = ''));
                    CREATE INDEX dead_letter_open ON \(schema).dead_letter (id)
                        WHERE replayed_at IS NULL AND dismissed_at IS NULL;

                    ALTER TABLE \(schema).parked_key
                        ADD COLUMN dead_letter bigint REFERENCES \(schema).dead_letter (id);
                    UPDATE \(schema).parked_key AS parked
                    SET dead_letter = (
                        SELECT max(letter.id) FROM \(schema).dead_letter AS letter
                        WHERE letter.topic = parked.topic AND letter.key = convert_to(parked.key, 'UTF8')
                            AND letter.class IN ('undecodable', 'rejected', 'failed'))
                    WHERE cause = 'dead_letter';
                    -- A key whose letter is not there any more waits like one with a gap.
                    UPDATE \(schema).parked_key SET cause = 'gap' WHERE cause = 'dead_letter' AND dead_letter IS NULL;
                    ALTER TABLE \(schema).parked_key
                        ADD CONSTRAINT parked_key_letter CHECK ((cause = 'dead_letter') = (dead_letter IS NOT NULL));
                    """)
        ]
    }
}
