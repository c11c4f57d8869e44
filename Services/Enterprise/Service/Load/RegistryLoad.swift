import Domain
import EnterpriseDomain
import Messaging
import Postgres
import ServiceRuntime

/// Reads a registry file piece by piece, each piece one transaction, so that memory stays bounded and a load that was
/// cut off goes on where it stopped (ENT-1).
struct RegistryLoad: Sendable {
    /// Rows per transaction.
    static let standardPieceSize = 5_000

    let runtime: Runtime
    let vault: Vault
    /// Where the load stood when this call took it up.
    let start: LoadRepository.Progress
    let pieceSize: Int

    /// A row with everything that needs no database, made while the piece before is being stored.
    private struct Prepared: Sendable {
        let line: Int64
        let entry: RegistryEntry
        let hash: [UInt8]
        let sealed: [UInt8]
        let nameHash: [UInt8]
    }

    /// Rows that are stored together; no credit code occurs twice in one piece, so that the rows of a file take effect in
    /// their order.
    private struct Piece: Sendable {
        var rows: [Prepared] = []
        var errors: [(line: Int64, error: RegistryRowError)] = []
        var codes: Set<CreditCode> = []
        var lastLine: Int64 = 0

        var count: Int { rows.count + errors.count }

        mutating func append(
            _ outcome: Result<RegistryEntry, RegistryRowError>, line: Int64, prepare: (RegistryEntry) throws -> Prepared
        ) rethrows {
            lastLine = line
            switch outcome {
            case .success(let entry):
                rows.append(try prepare(entry))
                codes.insert(entry.creditCode)
            case .failure(let error): errors.append((line, error))
            }
        }

        func holds(_ outcome: Result<RegistryEntry, RegistryRowError>) -> Bool {
            switch outcome {
            case .success(let entry): codes.contains(entry.creditCode)
            case .failure: false
            }
        }
    }

    /// Reads the whole file.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT when the first line is not the header; ABORTED when another call reads the
    ///   same load; what the stream throws.
    func read(_ stream: some AsyncSequence<[UInt8], any Error>) async throws {
        var position = Position(line: start.committedLine)
        do {
            try await read(stream, &position)
            try await position.storing?.value
        } catch {
            // What was begun ends before the call does; how it ends adds nothing to the error.
            position.storing?.cancel()
            _ = await position.storing?.result
            throw error
        }
    }

    private func read(_ stream: some AsyncSequence<[UInt8], any Error>, _ position: inout Position) async throws {
        var reader = CSVReader()
        var records: [CSVRecord] = []
        for try await bytes in stream {
            reader.read(bytes) { records.append($0) }
            try await take(records, &position)
            records.removeAll(keepingCapacity: true)
        }
        reader.finish { records.append($0) }
        try await take(records, &position)
        guard position.hasHeader else { throw Problem.invalid("data", "must begin with the header line") }
        if position.piece.count > 0 { try await store(&position) }
    }

    private struct Position {
        /// The last line whose effect is stored, or is being stored.
        var line: Int64
        var hasHeader = false
        var piece = Piece()
        /// The piece before, on its way into the database while the next one is read.
        var storing: Task<Void, any Error>?
    }

    private func take(_ records: [CSVRecord], _ position: inout Position) async throws {
        for record in records {
            if !position.hasHeader {
                guard case .fields(let fields, _) = record, RegistryRowReader.isHeader(fields) else {
                    throw Problem.invalid(
                        "data", "must begin with the header line \(RegistryRowReader.columns.joined(separator: ","))")
                }
                position.hasHeader = true
                continue
            }
            // What an earlier call has stored is passed over.
            if record.line <= start.committedLine { continue }
            let outcome = Self.entry(of: record)
            if position.piece.count >= pieceSize || position.piece.holds(outcome) { try await store(&position) }
            try position.piece.append(outcome, line: record.line) { entry in
                Prepared(
                    line: record.line, entry: entry, hash: vault.hash(row: entry.canonicalText),
                    sealed: try vault.seal(entry.representative, of: entry.creditCode.text),
                    nameHash: vault.hash(NameComparison.key(entry.representative), of: entry.creditCode.text))
            }
        }
    }

    private static func entry(of record: CSVRecord) -> Result<RegistryEntry, RegistryRowError> {
        switch record {
        case .fault(let fault, _): return .failure(RegistryRowError(fault))
        case .fields(let fields, _):
            return Result { () throws(RegistryRowError) in try RegistryRowReader.read(fields) }
        }
    }

    /// Begins to store the piece at hand once the one before is stored; one piece at most is ahead of the database.
    private func store(_ position: inout Position) async throws {
        try await position.storing?.value
        position.storing = Task { [piece = position.piece, line = position.line] in
            try await store(piece, after: line)
            crashPoint("load.afterPiece")
        }
        position.line = position.piece.lastLine
        position.piece = Piece()
    }

    private func store(_ piece: Piece, after line: Int64) async throws {
        var attempts = 0
        while true {
            do {
                return try await runtime.database.transaction(.calls, deadline: CallContext.deadline) { transaction in
                    try store(piece, after: line, in: transaction)
                }
            } catch let error as PostgresError where error.isUniqueViolation() && attempts < 3 {
                // Another load brought in one of the enterprises at the same moment; now it is known.
                attempts += 1
            }
        }
    }

    private func store(_ piece: Piece, after line: Int64, in tx: Transaction) throws {
        let loads = LoadRepository(tx: tx)
        guard let changesBefore = try loads.lock(start.loadID, at: line) else {
            throw Problem(
                .aborted, .versionConflict, zh: "该批次正在由另一个请求导入", en: "another call reads the load at this moment")
        }
        let now = try runtime.clock.now(tx)
        let today = try BusinessClock.date(of: now)
        var counts = LoadCounts(rejected: Int64(piece.errors.count))
        let existing = try loads.existing(piece.rows.map(\.entry.creditCode.text))
        let fresh = try loads.nextOrdinals(piece.rows.count - existing.count)
        var staged: [LoadRepository.Staged] = []
        var rows: [EnterpriseRow] = []
        var changed: [UInt32] = []
        var created = 0
        for prepared in piece.rows {
            let entry = prepared.entry
            let known = existing[entry.creditCode.text]
            if let known, known.hash == prepared.hash {
                counts.unchanged += 1
                continue
            }
            let ordinal = known?.ordinal ?? fresh[created]
            let row = row(prepared, ordinal: ordinal, known: known, today: today)
            if known == nil {
                created += 1
                rows.append(row)
            } else {
                changed.append(ordinal)
            }
            staged.append(
                LoadRepository.Staged(
                    line: prepared.line, isNew: known == nil, ordinal: ordinal, id: row.id, entry: entry,
                    sealed: prepared.sealed, nameHash: prepared.nameHash, size: row.profile.size,
                    hash: prepared.hash))
        }
        counts.created = Int64(created)
        counts.changed = Int64(changed.count)
        try loads.merge(staged, of: start.loadID, source: start.source)
        try loads.insert(piece.errors, of: start.loadID)
        let enterprises = EnterpriseRepository(tx: tx, today: today)
        let merged = try enterprises.rows(changed)
        try enterprises.deriveSizes(merged)
        try runtime.outbox.append(contentsOf: StateEvents.events(rows + merged, at: now), in: tx)
        // A few changed enterprises are held against the audiences one by one; many are matched together at the end.
        let isMuch = changesBefore + counts.created + counts.changed > Int64(Matcher.differenceLimit)
        if !isMuch {
            try MatchQueue(tx: tx).append(enterprises: staged.map(\.ordinal), because: "load \(start.loadID)")
        }
        try loads.advance(start.loadID, to: piece.lastLine, by: counts, needsMatch: isMuch && !staged.isEmpty)
        tx.afterCommit { [runtime] in
            runtime.wake(worker: MatchIndex.workerName)
            runtime.wake(worker: Matcher.workerName)
        }
    }

    /// What a row will be in the registry. Of an enterprise that is known already, the profile is read again later.
    private func row(
        _ prepared: Prepared, ordinal: UInt32, known: LoadRepository.Existing?, today: CivilDate
    ) -> EnterpriseRow {
        let entry = prepared.entry
        var profile = EnterpriseProfile(
            ordinal: ordinal, nature: entry.nature, region: entry.region, industry: entry.industry,
            foundedOn: entry.foundedOn, capital: entry.capital, status: entry.status)
        if let figures = entry.figures, figures.year.period.start <= today {
            for (key, value) in figures.attributes {
                profile.attributes[key] = AttributeInForce(
                    value: value, period: figures.year.period, source: start.source)
            }
        }
        return EnterpriseRow(
            id: known?.id ?? newID(), creditCode: entry.creditCode.text, name: entry.name,
            sealedRepresentative: prepared.sealed,
            address: entry.address, seq: known.map { $0.seq + 1 } ?? 1, profile: profile)
    }
}
