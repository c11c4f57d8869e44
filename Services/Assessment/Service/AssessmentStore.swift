import AssessmentDomain
import Crypto
import Postgres
import ServiceRuntime

/// Where the service keeps its state.
struct AssessmentStore: Sendable {
    let indicators = IndicatorRepository()
    let targets: TargetRepository
    let history = TargetHistory()
    let values = ValueRepository()
    let events = ConsumedEvents()
    let schemes: SchemeRepository
    let results = ResultRepository()
    let awards: AwardRepository

    /// A store that writes contents by a coding.
    init(coding: ContentCoding) {
        targets = TargetRepository(coding: coding)
        schemes = SchemeRepository(coding: coding)
        awards = AwardRepository(coding: coding)
    }

    /// What collects the inputs of results.
    var reader: InputReader { InputReader(indicators: indicators, results: results, events: events) }

    /// The indicator.
    ///
    /// - Throws: `Problem` NOT_FOUND.
    func indicator(_ id: IndicatorID, in tx: Transaction) throws -> Indicator {
        guard let indicator = try indicators.find(id, in: tx) else { throw Problem.notFound("indicator \(id)") }
        return indicator
    }

    /// Targets as their reader saw them.
    ///
    /// - Throws: `Problem` NOT_FOUND, or ABORTED with the current version.
    func targets(_ id: TargetsID, version: Int64, in tx: Transaction) throws -> Targets {
        guard let found = try targets.find(id, in: tx) else { throw Problem.notFound("targets \(id)") }
        guard found.version == version else { throw Problem.conflict(currentVersion: found.version) }
        return found
    }

    /// The newest revision of targets that exist.
    func newest(_ id: TargetsID, in tx: Transaction) throws -> StoredTargets {
        guard let found = try targets.revision(nil, of: id, in: tx) else { throw Problem.notFound("targets \(id)") }
        return found
    }

    /// A value.
    ///
    /// - Throws: `Problem` NOT_FOUND, or ABORTED with the current version where one is given.
    func value(_ id: ValueID, version: Int64?, in tx: Transaction) throws -> ReportedValue {
        guard let found = try values.find(id, in: tx) else { throw Problem.notFound("value \(id)") }
        if let version, found.version != version { throw Problem.conflict(currentVersion: found.version) }
        return found
    }

    /// A scheme as its reader saw it.
    ///
    /// - Throws: `Problem` NOT_FOUND, or ABORTED with the current version.
    func scheme(_ id: SchemeID, version: Int64, in tx: Transaction) throws -> Scheme {
        guard let found = try schemes.find(id, in: tx) else { throw Problem.notFound("scheme \(id)") }
        guard found.version == version else { throw Problem.conflict(currentVersion: found.version) }
        return found
    }

    /// One version of a scheme; the newest for nil.
    func scheme(_ id: SchemeID, revision: Int?, in tx: Transaction) throws -> StoredScheme {
        guard let found = try schemes.revision(revision, of: id, in: tx) else { throw Problem.notFound("scheme \(id)") }
        return found
    }

    /// A result.
    ///
    /// - Throws: `Problem` NOT_FOUND, or ABORTED with the current version where one is given.
    func result(_ id: ResultID, version: Int64? = nil, in tx: Transaction) throws -> AssessmentResult {
        guard let found = try results.find(id, in: tx) else { throw Problem.notFound("result \(id)") }
        if let version, found.version != version { throw Problem.conflict(currentVersion: found.version) }
        return found
    }

    /// Checks a scheme against the indicators that exist.
    func validate(_ content: SchemeContent, in tx: Transaction) throws {
        let known = try indicators.all(content.indicators, in: tx)
        try content.validate(for: Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0.direction) }))
    }

    /// SHA-256 over the frozen bytes of every unit, in order, each with its length before it.
    static func digest(of inputs: ScoringInputs) -> [UInt8] {
        digest(inputs.units.indices.map(inputs.canonicalBytes))
    }

    /// SHA-256 over the bytes of every score, by rank, each with its length before it.
    static func digest(of scores: [UnitScore]) -> [UInt8] { digest(scores.map(\.canonicalBytes)) }

    private static func digest(_ parts: [[UInt8]]) -> [UInt8] {
        var hash = SHA256()
        for part in parts {
            hash.update(data: withUnsafeBytes(of: UInt64(part.count).bigEndian) { Array($0) })
            hash.update(data: part)
        }
        return Array(hash.finalize())
    }
}
