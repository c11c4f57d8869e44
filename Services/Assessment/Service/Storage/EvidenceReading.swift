import AssessmentDomain
import Postgres
import ServiceRuntime

/// By which rules an event is read (ASM-15). It is kept with the event, so that a result whose events were read by
/// earlier rules comes out the same when it is computed again.
enum EvidenceReading: Int16, CaseIterable, Sendable {
    /// Every kind of case is a problem, and a repeated signing counts for nothing unless it skips to the start.
    case first = 1
    /// Only problems are problems (APL-1), and repeated signings count once (PRJ-18).
    case second = 2

    /// The rules for events that arrive now.
    static let current = EvidenceReading.second

    /// The rules by which a kept event was read.
    static func stored(_ row: Row) throws -> EvidenceReading {
        let number = try row.get("reading", as: Int16.self)
        guard let reading = EvidenceReading(rawValue: number) else {
            throw PostgresError.decoding(column: "reading", reason: "no rules have the number \(number)")
        }
        return reading
    }
}

/// What an event does to the contributions by the rules of a reading; a pure function.
typealias EvidenceRules =
    @Sendable (_ type: String, _ payload: [UInt8], _ reading: EvidenceReading) throws -> [ContributionChange]
