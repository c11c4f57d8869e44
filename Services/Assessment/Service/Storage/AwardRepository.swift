import AssessmentDomain
import Domain
import Postgres
import ServiceRuntime

/// Rules of awards and warnings, and what they proposed (ASM-10).
struct AwardRepository: Sendable {
    let coding: ContentCoding

    /// The rules of a tier and their version; none and 0 when there are none.
    func rules(of tier: Tier, in tx: Transaction) throws -> (rules: [AwardRule], version: Int64) {
        let row = try tx.first(
            "SELECT content_format, content, seq FROM assessment.award_rules WHERE tier = \(tier.rawValue)")
        guard let row else { return ([], 0) }
        return try reading {
            (try coding.decodeRules(row.get("content"), row.get("content_format")), try row.get("seq"))
        }
    }

    /// Sets the rules of a tier that were read in a version.
    ///
    /// - Returns: the version now.
    func set(_ rules: [AwardRule], of tier: Tier, version: Int64, in tx: Transaction) throws -> Int64 {
        let bytes = try coding.encodeRules(rules)
        let changed =
            version == 0
            ? try tx.execute(
                """
                INSERT INTO assessment.award_rules (tier, content_format, content, seq)
                VALUES (\(tier.rawValue), \(coding.format), \(bytes), 1) ON CONFLICT DO NOTHING
                """)
            : try tx.execute(
                """
                UPDATE assessment.award_rules
                SET seq = seq + 1, content_format = \(coding.format), content = \(bytes)
                WHERE tier = \(tier.rawValue) AND seq = \(version)
                """)
        guard changed == 1 else {
            let row = try tx.first("SELECT seq FROM assessment.award_rules WHERE tier = \(tier.rawValue)")
            throw Problem.conflict(currentVersion: try row?.get("seq") ?? 0)
        }
        return version + 1
    }

    /// Stores the proposals for a result, once.
    ///
    /// - Returns: the sequence number of the first of so many events.
    func insert(_ awards: [Award], of result: ResultID, events: Int, in tx: Transaction) throws -> Int64 {
        let row = try tx.first(
            """
            UPDATE assessment.result SET awards_proposed = true, event_seq = event_seq + \(events)
            WHERE id = \(result.uuid) AND NOT awards_proposed RETURNING event_seq
            """)
        guard let row else { throw Problem.alreadyExists("awards of the result \(result)") }
        for (index, award) in awards.enumerated() {
            var fen: Int64?
            if case .money(let money) = award.kind { fen = money.fen }
            try tx.execute(
                """
                INSERT INTO assessment.award (result_id, place, unit_id, rule_code, kind, fen, arithmetic)
                VALUES (\(result.uuid), \(index + 1), \(award.unit.text), \(award.rule.text), \(award.kind.word),
                    \(fen), \(award.arithmetic))
                """, expecting: 1)
        }
        return try row.get("event_seq", as: Int64.self) - Int64(events) + 1
    }

    /// Proposals behind a place, in their order.
    func list(of result: ResultID, after place: Int, limit: Int, in tx: Transaction) throws -> [(
        place: Int, award: Award
    )] {
        try tx.query(
            """
            SELECT place, unit_id, rule_code, kind, fen, arithmetic FROM assessment.award
            WHERE result_id = \(result.uuid) AND place > \(place) ORDER BY place LIMIT \(limit)
            """
        ) { row in
            try reading {
                let kind: AwardKind
                switch (try row.get("kind", as: String.self), try row.get("fen", as: Int64?.self)) {
                case ("money", .some(let fen)): kind = .money(Money(fen: fen))
                case ("yellow_card", nil): kind = .yellowCard
                case ("change_of_leader", nil): kind = .changeOfLeader
                case _: throw PostgresError.decoding(column: "kind", reason: "is not a known word")
                }
                return (
                    Int(try row.get("place", as: Int32.self)),
                    Award(
                        unit: try .stored(row, "unit_id"),
                        rule: try NodeCode(row.get("rule_code"), field: "rule_code"), kind: kind,
                        arithmetic: try row.get("arithmetic"))
                )
            }
        }
    }
}
