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

    /// Stores a computed audience as a new generation and publishes it, unless nothing has changed since the last one.
    ///
    /// - Returns: whether there is a new generation.
    @discardableResult
    func publish(_ point: PointCatalogue.Point, _ sets: AudienceSets, _ estimates: VerdictEstimates) throws -> Bool {
        let head = try audiences.head(point.id)
        if let head, !head.isDissolved, head.revision == point.revision, try audiences.members(point.id) == sets {
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
            let expected = head.seq
            head.revision = point.revision
            head.generation = generation
            head.seq = seq
            head.isDissolved = false
            head.matchedAt = now
            try audiences.update(head, expected: expected)
        } else {
            try audiences.insert(
                point.id, revision: point.revision, generation: generation, seq: seq, matchedAt: now)
        }
        try audiences.replace(point.id, sets)
        try append(events, to: point.id, after: seq - Int64(events.count))
        return true
    }

    /// Ends a point's audience, if it has one.
    func dissolve(_ point: String) throws {
        guard var head = try audiences.head(point), !head.isDissolved else { return }
        let expected = head.seq
        head.seq += 1
        head.isDissolved = true
        try audiences.update(head, expected: expected)
        try audiences.replace(point, .empty)
        try append([try AudienceEvents.dissolved(head)], to: point, after: expected)
    }

    /// Holds changed enterprises against a point's stored audience and stores and publishes the differences only.
    func apply(_ subjects: [MatchSubject], to point: PointCatalogue.Point, _ head: AudienceRepository.Head) throws {
        let blocks = Set(subjects.map { Int32($0.ordinal >> 16) }).sorted()
        var sets = try audiences.members(point.id, blocks: blocks)
        var touched: Set<Int32> = []
        var events: [AudienceEvent] = []
        for subject in subjects {
            let before = sets.verdict(of: subject.ordinal)
            let after = point.terms.membership(of: subject)
            guard before != after else { continue }
            if let before { sets[before].remove(subject.ordinal) }
            var fen: Int64 = 0
            if let after {
                sets[after].insert(subject.ordinal)
                if after != .notMet, let benefit = point.terms.benefit {
                    fen = PointTerms.estimatedFen(of: benefit, for: subject.facts)
                }
            }
            touched.insert(Int32(subject.ordinal >> 16))
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
