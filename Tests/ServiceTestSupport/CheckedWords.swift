import Postgres
import ServiceRuntime

extension Database {
    /// The lists of words that a service's own tables are checked against, by the name of the constraint.
    ///
    /// Every service compares them with its enumerations, all of them at once, so that neither a word nor a whole list
    /// can be forgotten. Tables that all services share are left out; their owners test them.
    public func checkedWords(in schema: String) async throws -> [String: Set<String>] {
        let shared = ["dead_letter", "parked_key", "audit_entry"]
        let found = try await transaction { transaction in
            try transaction.query(
                """
                SELECT listing.conname, array_agg(word[1]) AS words
                FROM pg_constraint AS listing
                JOIN pg_namespace AS space ON space.oid = listing.connamespace
                JOIN pg_class AS holder ON holder.oid = listing.conrelid,
                    regexp_matches(pg_get_constraintdef(listing.oid), '''([^'']+)''::text', 'g') AS word
                WHERE listing.contype = 'c' AND space.nspname = \(schema) AND listing.coninhcount = 0
                    AND NOT holder.relname = ANY(\(shared))
                    AND pg_get_constraintdef(listing.oid) ~ '^CHECK \\(\\(\\w+ (= ANY \\(|<@ )ARRAY\\[[^]]*\\]\\)+$'
                GROUP BY listing.conname
                """
            ) { (try $0.get("conname", as: String.self), Set(try $0.get("words", as: [String].self))) }
        }
        return Dictionary(uniqueKeysWithValues: found)
    }
}

/// The words of an enumeration as they are stored.
public func words<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> Set<String> {
    Set(type.allCases.map(\.rawValue))
}
