import Crypto
import Domain
import EnterpriseDomain
import Messaging
import Postgres
import ServiceRuntime

/// Writes audiences and tells of them: whole generations, single changes, ends (ENT-11).
struct AudienceWriter {
    /// Members of one chunk at most.
    static let chunkLimit = 8_000
    /// Bytes of one chunk at most; the outbox takes 64 KiB.
    static let chunkBytes = 60_000

    let tx: Transaction
    let outbox: Outbox
    /// Business time.
    let now: Instant

    private var audiences: AudienceRepository { AudienceRepository(tx: tx) }

    /// Stores a computed audience as a new generation and publishes it, unless neither members nor estimates have changed
    /// since the last one.
    ///
    /// - Parameter expected: sequence number of the audience before it was computed; nil when there was none.
    /// - Returns: whether there is a new generation.
    /// - Throws: ``AudienceOvertaken`` when the audience was changed in the meantime.
    @discardableResult
    func publish(
        _ point: PointCatalogue.Point, _ sets: AudienceSets, _ estimates: VerdictEstimates, expected: Int64?
    ) throws -> Bool {
        let head = try head(point.id, expected: expected)
        let told = AudienceEstimates(sets, estimates)
        if let head, !head.isDissolved, head.revision == point.revision, try audiences.members(point.id) == sets,
            try audiences.estimates(point.id) == told
        {
            return false
        }
        let generation = (head?.generation ?? 0) + 1
        var events: [AudienceEvent] = []
        for verdict in [Verdict.met, .unknown, .notMet] {
            events += try AudienceEvents.chunks(
                of: point, generation: generation, verdict: verdict, ordinals: sets[verdict].ordinals,
                estimates: estimates[verdict], firstChunk: events.count)
        }
        let members = sets.all.ordinals
        events.append(
            try AudienceEvents.closed(
                point, generation: generation, chunks: events.count, members: members.count,
                hash: Self.hash(of: members), at: now))
        let seq = (head?.seq ?? 0) + Int64(events.count)
        if var head {
            let before = head.seq
            head.revision = point.revision
            head.generation = generation
            head.seq = seq
            head.isDissolved = false
            head.matchedAt = now
            try audiences.update(head, expected: before)
        } else {
            try audiences.insert(
                point.id, revision: point.revision, generation: generation, seq: seq, matchedAt: now)
        }
        try audiences.replace(point.id, sets)
        try audiences.replace(point.id, told)
        try append(events, to: point.id, after: seq - Int64(events.count))
        return true
    }

    /// Ends a point's audience, if it has one.
    ///
    /// - Parameter expected: sequence number of the audience when its end was decided; nil when there was none.
    /// - Throws: ``AudienceOvertaken`` when the audience was changed in the meantime.
    func dissolve(_ point: String, expected: Int64?) throws {
        guard var head = try head(point, expected: expected), !head.isDissolved else { return }
        let before = head.seq
        head.seq += 1
        head.isDissolved = true
        try audiences.update(head, expected: before)
        try audiences.replace(point, AudienceSets.empty)
        try audiences.replace(point, AudienceEstimates())
        try append([try AudienceEvents.dissolved(head)], to: point, after: before)
    }

    /// The head of an audience, unless somebody else has written it since `expected` was read.
    private func head(_ point: String, expected: Int64?) throws -> AudienceRepository.Head? {
        let head = try audiences.head(point)
        guard head?.seq == expected else { throw AudienceOvertaken(point: point, expected: expected, found: head?.seq) }
        return head
    }

    /// Holds changed enterprises against a point's stored audience and stores and publishes the differences only: who
    /// joined, left, has another verdict or another estimate.
    func apply(_ subjects: [MatchSubject], to point: PointCatalogue.Point, _ head: AudienceRepository.Head) throws {
        let blocks = Set(subjects.map { Int32($0.ordinal >> 16) }).sorted()
        var sets = try audiences.members(point.id, blocks: blocks)
        // What is the same for all changes with the point only.
        let benefit = point.terms.benefit
        let isVarying = benefit?.attribute != nil
        let told =
            isVarying
            ? try audiences.estimates(
                point.id, blocks: Set(subjects.map { AudienceEstimates.block(of: $0.ordinal) }).sorted())
            : AudienceEstimates()
        var estimates = told
        var touched: Set<Int32> = []
        var events: [AudienceEvent] = []
        for subject in subjects {
            let before = sets.verdict(of: subject.ordinal)
            let after = point.terms.membership(of: subject)
            var fen: Int64 = 0
            if let after, after != .notMet, let benefit {
                fen = PointTerms.estimatedFen(of: benefit, for: subject.facts)
            }
            guard before != after || isVarying && estimates[subject.ordinal] != fen else { continue }
            if before != after {
                if let before { sets[before].remove(subject.ordinal) }
                if let after { sets[after].insert(subject.ordinal) }
                touched.insert(Int32(subject.ordinal >> 16))
            }
            if isVarying { estimates[subject.ordinal] = fen }
            events.append(try AudienceEvents.changed(head, subject.ordinal, verdict: after, estimatedFen: fen))
        }
        guard !events.isEmpty else { return }
        var changed = head
        changed.seq += Int64(events.count)
        try audiences.update(changed, expected: head.seq)
        // Blocks that were read and did not change stay as they are.
        for verdict in Verdict.allCases {
            sets[verdict] = Bitmap(sets[verdict].ordinals.filter { touched.contains(Int32($0 >> 16)) })
        }
        try audiences.replace(point.id, blocks: touched.sorted(), sets)
        try audiences.replace(point.id, blocks: estimates.blocks(differingFrom: told), estimates)
        try append(events, to: point.id, after: head.seq)
    }

    private func append(_ events: [AudienceEvent], to point: String, after seq: Int64) throws {
        try outbox.append(
            contentsOf: events.enumerated().map { index, event in
                OutgoingEvent(
                    topic: EnterpriseTopics.audience, type: event.type, key: point, seq: seq + Int64(index) + 1,
                    time: now, payload: event.payload)
            }, in: tx)
    }

    /// SHA-256 over ascending ordinals, each as four bytes, big-endian.
    static func hash(of ordinals: [UInt32]) -> [UInt8] {
        var hash = SHA256()
        for ordinal in ordinals { withUnsafeBytes(of: ordinal.bigEndian) { hash.update(bufferPointer: $0) } }
        return [UInt8](hash.finalize())
    }
}

/// An audience was written by somebody else after it was read: the task is repeated by whoever leads now.
struct AudienceOvertaken: Error, CustomStringConvertible {
    let point: String
    let expected: Int64?
    let found: Int64?

    var description: String {
        let (expected, found) = (expected.map(String.init) ?? "none", found.map(String.init) ?? "none")
        return "audience of point \(point) stands at event \(found), not at \(expected)"
    }
}

/// An event of an audience, already in its bytes.
struct AudienceEvent: Sendable {
    let type: String
    let payload: [UInt8]
}

/// Estimates of an audience's members by verdict, in the order of the ordinals.
struct VerdictEstimates: Sendable {
    var met: IndexContent.Estimates
    var unknown: IndexContent.Estimates

    /// Those whose condition is not met would obtain nothing.
    subscript(verdict: Verdict) -> IndexContent.Estimates {
        switch verdict {
        case .met: met
        case .unknown: unknown
        case .notMet: .none
        }
    }
}
