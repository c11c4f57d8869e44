import Postgres

// Steps behind the first ones.
extension ProjectMigrations {
    /// Whoever leaves the stage of signing out comes past it with the next stage, and counts as signed from that day.
    static let signings = """
        ALTER TABLE project.project ADD COLUMN signing_on date
            GENERATED ALWAYS AS (coalesce(signed_on, started_on, completed_on, in_production_on)) STORED;
        DROP INDEX project.project_signing;
        CREATE INDEX project_signing ON project.project (signing_key, signing_on, id) WHERE signing_on IS NOT NULL;
        """

    static let enterprisesFile = """
        ALTER TABLE project.information
            ALTER COLUMN unit DROP NOT NULL,
            ADD COLUMN enterprise uuid,
            ADD CONSTRAINT information_filer CHECK ((unit IS NULL) <> (enterprise IS NULL)),
            ADD CONSTRAINT information_enterprise CHECK (enterprise IS NULL OR collector = 'enterprise');
        CREATE INDEX information_of_enterprise ON project.information (enterprise, id DESC)
            WHERE enterprise IS NOT NULL;
        """
}
