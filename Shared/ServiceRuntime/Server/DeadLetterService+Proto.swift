import CommonContracts
import Messaging
import Postgres
import SwiftProtobuf

extension Zhitongche_Common_V1_DeadLetter {
    init(_ letter: StoredLetter) {
        self.init()
        deadLetterID = letter.id
        topic = letter.topic
        partition = letter.partition
        offset = letter.offset
        key = .init(letter.key ?? [])
        kind = letter.kind.wire
        reason = letter.reason
        attempts = Int32(letter.attempts)
        type = letter.header("ce_type") ?? ""
        eventID = letter.header("ce_id") ?? ""
        createdAt = Google_Protobuf_Timestamp(letter.createdAt)
        if let time = letter.triedAt { triedAt = Google_Protobuf_Timestamp(time) }
        holdsKey = letter.holdsKey
        switch letter.status {
        case .open: status = .open
        case .replayed(let time, let account):
            status = .replayed
            endedAt = Google_Protobuf_Timestamp(time)
            endedBy = account
        case .dismissed(let time, let account, let reason):
            status = .dismissed
            endedAt = Google_Protobuf_Timestamp(time)
            endedBy = account
            dismissal = reason
        }
    }
}

extension Zhitongche_Common_V1_ParkedKey {
    init(_ parked: ParkedKeys.Key) {
        self.init()
        topic = parked.topic
        key = parked.key
        cause = parked.cause.wire
        if case .deadLetter(let id) = parked.cause { deadLetterID = id }
        since = Google_Protobuf_Timestamp(parked.since)
        lastSeq = parked.last
        firstWaitingSeq = parked.firstWaiting ?? 0
        waiting = Int64(parked.waiting)
    }
}

extension DeadLetterClass {
    var wire: Zhitongche_Common_V1_DeadLetterClass {
        switch self {
        case .envelope: .envelope
        case .undecodable: .undecodable
        case .unknownType: .unknownType
        case .rejected: .rejected
        case .failed: .failed
        }
    }

    /// The class that a list asks for; nil for every class.
    static func filter(_ wire: Zhitongche_Common_V1_DeadLetterClass) throws -> DeadLetterClass? {
        switch wire {
        case .unspecified: nil
        case .envelope: .envelope
        case .undecodable: .undecodable
        case .unknownType: .unknownType
        case .rejected: .rejected
        case .failed: .failed
        case .UNRECOGNIZED: throw Problem.invalid("kind", "is no class")
        }
    }
}

extension DeadLetters.Outcome {
    var wire: Zhitongche_Common_V1_ReplayOutcome {
        switch self {
        case .applied: .applied
        case .appliedLate: .appliedLate
        case .parked: .parked
        case .superseded: .superseded
        case .alreadyApplied: .alreadyApplied
        case .repeated: .repeated
        case .failed: .failed
        }
    }

    /// What the audit says.
    var words: String {
        switch self {
        case .applied: "applied"
        case .appliedLate: "applied after later events"
        case .parked: "parked"
        case .superseded: "superseded by a newer state"
        case .alreadyApplied: "had been applied before"
        case .repeated: "had been replayed before"
        case .failed(let kind, let reason): "failed again (\(kind.rawValue)): \(reason)"
        }
    }
}

extension ParkedKeys.Cause {
    var wire: Zhitongche_Common_V1_ParkingCause {
        switch self {
        case .gap: .gap
        case .deadLetter: .deadLetter
        }
    }
}

extension ParkedKeys.Skip {
    /// What the audit says.
    var words: String {
        let given =
            switch cause {
            case .gap: "events \(from) to \(to) given up"
            case .deadLetter(let id): "freed from dead letter \(id)"
            }
        return "\(given), \(followed) followed\(next == nil ? "" : ", parked again")"
    }
}

extension StoredLetter {
    /// The key and topic, for the audit.
    var place: String {
        let text = key.flatMap { String(validating: $0, as: UTF8.self) }.map { $0.replacing("\0", with: "") }
        return "key \(text?.prefix(200) ?? "none") of \(topic)"
    }
}
