import CommonContracts
import Domain
import EnterpriseContracts
import EnterpriseDomain
import Messaging
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// States of enterprises for the compacted topic.
enum StateEvents {
    /// One state per enterprise, with its present version as sequence number.
    static func events(_ rows: [EnterpriseRow], at time: Instant) throws -> [OutgoingEvent] {
        try rows.map { row in
            try OutgoingEvent(
                EnterpriseTopics.state, key: row.id, seq: row.seq, time: time,
                Zhitongche_Enterprise_V1_EnterpriseState.with {
                    $0.enterpriseID = row.id
                    $0.ordinal = row.profile.ordinal
                    $0.creditCode = row.creditCode
                    $0.name = row.name
                    $0.region = row.profile.region.description
                    $0.industry = row.profile.industry.description
                    $0.size = .init(row.profile.size)
                    $0.status = row.profile.status.wire
                    $0.tags = row.profile.tags().map(\.tag.wire)
                })
        }
    }
}

/// Outcomes of claims (ENT-2).
enum ClaimEvents {
    /// An account proved that it acts for an enterprise.
    static func verified(claim: String, enterprise: String, account: String, at time: Instant) throws -> OutgoingEvent {
        try OutgoingEvent(
            EnterpriseTopics.claims, key: claim, seq: 1, time: time,
            Zhitongche_Enterprise_V1_ClaimVerified.with {
                $0.claimID = claim
                $0.enterpriseID = enterprise
                $0.accountID = account
                $0.verifiedAt = Google_Protobuf_Timestamp(time)
            })
    }

    /// A claim disagreed with the registry.
    static func refused(claim: String, account: String, at time: Instant) throws -> OutgoingEvent {
        try OutgoingEvent(
            EnterpriseTopics.claims, key: claim, seq: 1, time: time,
            Zhitongche_Enterprise_V1_ClaimRefused.with {
                $0.claimID = claim
                $0.accountID = account
                $0.refusedAt = Google_Protobuf_Timestamp(time)
            })
    }
}

/// Audiences in bounded chunks, and what happens to them (ENT-11).
enum AudienceEvents {
    /// The members of one verdict, cut so that every chunk keeps both limits.
    ///
    /// - Parameter firstChunk: number of the first chunk in the generation.
    static func chunks(
        of point: PointCatalogue.Point, generation: Int64, verdict: Verdict, ordinals: [UInt32],
        estimates: IndexContent.Estimates, firstChunk: Int
    ) throws -> [AudienceEvent] {
        var events: [AudienceEvent] = []
        var next = 0
        var size = AudienceWriter.chunkLimit
        while next < ordinals.count {
            let range = next..<min(next + size, ordinals.count)
            let chunk = Zhitongche_Enterprise_V1_AudienceChunk.with {
                $0.pointID = point.id
                $0.revision = point.revision
                $0.generation = generation
                $0.chunk = Int32(firstChunk + events.count)
                $0.verdict = verdict.wire
                $0.ordinalDeltas = deltas(ordinals[range])
                $0.estimatedFen = estimated(estimates, range)
            }
            let bytes: [UInt8] = try chunk.serializedBytes()
            if bytes.count > AudienceWriter.chunkBytes, size > 1 {
                size = max(1, size / 2)
                continue
            }
            events.append(AudienceEvent(type: type(of: chunk).protoMessageName, payload: bytes))
            next = range.upperBound
        }
        return events
    }

    private static func deltas(_ ordinals: ArraySlice<UInt32>) -> [UInt32] {
        var last: UInt32 = 0
        return ordinals.map { ordinal in
            defer { last = ordinal }
            return ordinal - last
        }
    }

    private static func estimated(_ estimates: IndexContent.Estimates, _ range: Range<Int>) -> [Int64] {
        switch estimates {
        case .none: return []
        case .same(let fen): return [fen]
        case .each(let all):
            let part = Array(all[range])
            // Entries that are all unknown say nothing.
            return part.allSatisfy { $0 == 0 } ? [] : part
        }
    }

    /// The generation is complete.
    static func closed(
        _ point: PointCatalogue.Point, generation: Int64, chunks: Int, members: Int, hash: [UInt8], at time: Instant
    ) throws -> AudienceEvent {
        try event(
            Zhitongche_Enterprise_V1_AudienceClosed.with {
                $0.pointID = point.id
                $0.revision = point.revision
                $0.generation = generation
                $0.chunks = Int32(chunks)
                $0.members = Int64(members)
                $0.ordinalsSha256 = .init(hash)
                $0.title = point.title
                $0.closedAt = Google_Protobuf_Timestamp(time)
            })
    }

    /// One enterprise joined, left, changed its verdict or its estimate.
    static func changed(
        _ head: AudienceRepository.Head, _ ordinal: UInt32, verdict: Verdict?, estimatedFen: Int64
    ) throws -> AudienceEvent {
        try event(
            Zhitongche_Enterprise_V1_AudienceMemberChanged.with {
                $0.pointID = head.pointID
                $0.generation = head.generation
                $0.ordinal = ordinal
                $0.member = verdict != nil
                $0.verdict = verdict?.wire ?? .unspecified
                $0.estimatedFen = estimatedFen
            })
    }

    /// The point has no audience any more.
    static func dissolved(_ head: AudienceRepository.Head) throws -> AudienceEvent {
        try event(
            Zhitongche_Enterprise_V1_AudienceDissolved.with {
                $0.pointID = head.pointID
                $0.generation = head.generation
            })
    }

    private static func event(_ message: some Message) throws -> AudienceEvent {
        AudienceEvent(type: type(of: message).protoMessageName, payload: try message.serializedBytes())
    }
}
