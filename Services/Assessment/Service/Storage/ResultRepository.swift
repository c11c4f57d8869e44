import AssessmentDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// Results with their frozen inputs and their scores (ASM-8, ASM-10).
struct ResultRepository: Sendable {
    private static let columns: SQL = """
        id, tier, period, year, number, scheme_id, scheme_revision, state, units, inputs_digest, scores_digest,
        computed_by, computed_at, published_by, published_at, event_place, seq
        """

    /// The aggregate; nil when there is none.
    func find(_ id: ResultID, in tx: Transaction) throws -> AssessmentResult? {
        try tx.first("SELECT \(Self.columns) FROM assessment.result WHERE id = \(id.uuid)").map(result)
    }

    /// The published result of a tier and period; nil when there is none.
    func published(_ tier: Tier, _ period: AssessmentPeriod, in tx: Transaction) throws -> AssessmentResult? {
        try tx.first(
            """
            SELECT \(Self.columns) FROM assessment.result
            WHERE tier = \(tier.rawValue) AND year = \(period.year) AND period = \(period.kind.rawValue)
                AND number = \(period.number) AND state = 'published'
            """
        ).map(result)
    }

    /// Results, newest first.
    func list(
        tier: Tier?, state: ResultState?, before id: ResultID?, limit: Int, in tx: Transaction
    ) throws -> [AssessmentResult] {
        var sql: SQL = "SELECT \(Self.columns) FROM assessment.result WHERE true"
        if let tier { sql += " AND tier = \(tier.rawValue)" }
        if let state { sql += " AND state = \(state.rawValue)" }
        if let id { sql += " AND id < \(id.uuid)" }
        sql += " ORDER BY id DESC LIMIT \(limit)"
        return try tx.query(sql, as: result)
    }

    /// Stores a new result with its inputs and scores.
    func insert(_ result: AssessmentResult, inputs: ScoringInputs, scores: [UnitScore], in tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO assessment.result
                (id, tier, period, year, number, scheme_id, scheme_revision, state, units, inputs_digest, scores_digest,
                 computed_by, computed_at, event_place, seq)
            VALUES (\(result.id.uuid), \(result.tier.rawValue), \(result.period.kind.rawValue), \(result.period.year),
                \(result.period.number), \(result.scheme.uuid), \(result.schemeRevision), 'draft', \(result.units),
                \(result.inputsDigest), \(result.scoresDigest), \(result.computedBy.text), \(result.computedAt.instant),
                \(result.eventPlace), 1)
            """, expecting: 1)
        let id = result.id.description
        let copied = try tx.copyIn("COPY assessment.result_input (result_id, unit_id, bytes) FROM STDIN") { writer in
            for unit in inputs.units.indices {
                try writer.row([id, inputs.units[unit].text, Self.hex(inputs.canonicalBytes(of: unit))])
            }
        }
        guard copied == inputs.units.count else {
            throw PostgresError.unexpectedRowCount(expected: inputs.units.count, actual: copied)
        }
        try write(scores.enumerated().map { ($0.offset + 1, $0.element) }, of: result.id, in: tx)
    }

    private func write(_ scores: [(place: Int, score: UnitScore)], of id: ResultID, in tx: Transaction) throws {
        let copied = try tx.copyIn(
            "COPY assessment.result_score (result_id, place, unit_id, rank, score, bytes) FROM STDIN"
        ) { writer in
            for (place, score) in scores {
                try writer.row([
                    id.description, String(place), score.unit.text, String(score.rank), String(score.score),
                    Self.hex(score.canonicalBytes),
                ])
            }
        }
        guard copied == scores.count else {
            throw PostgresError.unexpectedRowCount(expected: scores.count, actual: copied)
        }
    }

    /// Puts back the scores that are missing.
    ///
    /// - Returns: how many there were.
    func restore(_ scores: [UnitScore], of id: ResultID, in tx: Transaction) throws -> Int {
        let held = Set(
            try tx.query("SELECT place FROM assessment.result_score WHERE result_id = \(id.uuid)") {
                Int(try $0.get("place", as: Int32.self))
            })
        let missing = scores.enumerated().map { (place: $0.offset + 1, score: $0.element) }.filter {
            !held.contains($0.place)
        }
        if !missing.isEmpty { try write(missing, of: id, in: tx) }
        return missing.count
    }

    /// Stores a change of state.
    ///
    /// - Returns: the sequence number of the first of its events.
    @discardableResult
    func save(_ result: AssessmentResult, events: Int = 0, in tx: Transaction) throws -> Int64 {
        var publisher: AccountID?
        var publishedAt: BusinessTime?
        if case .published(let by, let at) = result.state { (publisher, publishedAt) = (by, at) }
        let row = try tx.first(
            """
            UPDATE assessment.result
            SET seq = seq + 1, event_seq = event_seq + \(events), state = \(result.stateName.rawValue),
                published_by = \(publisher?.text), published_at = \(publishedAt?.instant)
            WHERE id = \(result.id.uuid) AND seq = \(result.version - 1) RETURNING event_seq
            """)
        guard let row else { throw try tx.lostRace("SELECT seq FROM assessment.result WHERE id = \(result.id.uuid)") }
        return try row.get("event_seq", as: Int64.self) - Int64(events) + 1
    }

    /// The frozen inputs.
    func inputs(
        of result: AssessmentResult, indicators: [Indicator], in tx: Transaction
    ) throws -> ScoringInputs {
        let rows = try tx.query(
            "SELECT unit_id, bytes FROM assessment.result_input WHERE result_id = \(result.id.uuid) ORDER BY unit_id"
        ) { row in
            try reading {
                (try UnitID.stored(row, "unit_id"), try row.get("bytes", as: [UInt8].self))
            }
        }
        let bytes = Dictionary(uniqueKeysWithValues: rows)
        var inputs = ScoringInputs(units: rows.map(\.0), indicators: indicators.map { ($0.id, $0.direction) })
        for (place, unit) in inputs.units.enumerated() {
            try reading { try inputs.restore(bytes[unit] ?? [], of: place) }
        }
        return inputs
    }

    /// Scores behind a place, by place.
    func scores(of id: ResultID, after place: Int, limit: Int, in tx: Transaction) throws -> [UnitScore] {
        try tx.query(
            """
            SELECT unit_id, bytes FROM assessment.result_score
            WHERE result_id = \(id.uuid) AND place > \(place) ORDER BY place LIMIT \(limit)
            """, as: score)
    }

    /// The score of one unit; nil when there is none.
    func score(of id: ResultID, unit: UnitID, in tx: Transaction) throws -> UnitScore? {
        try tx.first(
            """
            SELECT unit_id, bytes FROM assessment.result_score
            WHERE result_id = \(id.uuid) AND unit_id = \(unit.text)
            """
        ).map(score)
    }

    /// Ranks by unit.
    func ranks(of id: ResultID, in tx: Transaction) throws -> [UnitID: Int] {
        let rows = try tx.query("SELECT unit_id, rank FROM assessment.result_score WHERE result_id = \(id.uuid)") {
            row in
            try reading {
                (try UnitID.stored(row, "unit_id"), Int(try row.get("rank", as: Int32.self)))
            }
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    private func score(_ row: Row) throws -> UnitScore {
        try reading {
            try UnitScore(
                unit: .stored(row, "unit_id"), canonicalBytes: row.get("bytes", as: [UInt8].self))
        }
    }

    private func result(_ row: Row) throws -> AssessmentResult {
        try reading {
            let word: ResultState = try .stored(row, "state")
            let state: AssessmentResult.State
            switch word {
            case .draft: state = .draft
            case .discarded: state = .discarded
            case .published:
                state = .published(
                    by: AccountID(try row.get("published_by")), at: try .stored(row, "published_at"))
            }
            return AssessmentResult(
                id: ResultID(try row.get("id")), tier: try .stored(row, "tier"), period: try .stored(row),
                scheme: SchemeID(try row.get("scheme_id")),
                schemeRevision: Int(try row.get("scheme_revision", as: Int32.self)),
                units: Int(try row.get("units", as: Int32.self)), inputsDigest: try row.get("inputs_digest"),
                scoresDigest: try row.get("scores_digest"), computedBy: AccountID(try row.get("computed_by")),
                computedAt: try .stored(row, "computed_at"), eventPlace: try row.get("event_place"),
                state: state,
                version: try row.get("seq"))
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("\\x".utf8)
        text.reserveCapacity(2 + bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
