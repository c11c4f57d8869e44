import Postgres

// Steps behind the first ones.
extension AppealMigrations {
    /// Titles are found by the words in them: pairs of neighbouring characters lead to the few cases that can have a
    /// word, whatever its language, since Chinese is written without spaces and most of its words have two characters.
    static let caseTitles = """
        CREATE FUNCTION appeal.grams(words text) RETURNS text[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
            SELECT coalesce(array_agg(DISTINCT substr(lower(words), place, 2)), '{}')
            FROM generate_series(1, char_length(words) - 1) AS place
        $$;
        CREATE INDEX case_file_title ON appeal.case_file USING gin (appeal.grams(title));
        """
}
