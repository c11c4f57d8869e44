import Domain
import Messaging
import PolicyContracts
import PolicyDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// What the service publishes, as messages of the contract (XCT-3).
enum PolicyEvents {
    /// A document was entered.
    static func entered(_ document: Document) throws -> OutgoingEvent {
        let content = document.content
        let message = Zhitongche_Policy_V1_DocumentEntered.with {
            $0.documentID = document.id.description
            $0.number = content.number
            $0.title = content.title
            $0.issuingUnitIds = content.issuingUnits.map(\.text)
            $0.level = content.level.wire
            $0.kind = content.kind.wire
            $0.issuedOn = content.issuedOn.wire
            $0.enteredAt = document.enteredAt.wire
        }
        return try OutgoingEvent(
            PolicyApp.documentEvents, key: document.id.description, seq: document.version,
            time: document.enteredAt.instant, message)
    }

    /// A version came into force: the fact, and the point's new state.
    static func published(
        _ fact: PointWasPublished, of point: Point, document: Document, seq: Int64
    ) throws -> [OutgoingEvent] {
        let publication = fact.publication
        let message = Zhitongche_Policy_V1_PointPublished.with {
            $0.pointID = point.id.description
            $0.documentID = point.documentID.description
            $0.revision = Int32(publication.revision)
            $0.content = publication.content.wire
            $0.publishedAt = publication.publishedAt.wire
            $0.documentIssuedOn = document.content.issuedOn.wire
        }
        let time = publication.publishedAt.instant
        return [
            try OutgoingEvent(PolicyApp.pointEvents, key: point.id.description, seq: seq, time: time, message),
            try state(publication, .published, of: point, time: time, seq: seq),
        ]
    }

    /// The version in force was withdrawn: the fact, and the point's new state.
    static func withdrawn(_ fact: PointWasWithdrawn, of point: Point, seq: Int64) throws -> [OutgoingEvent] {
        let message = Zhitongche_Policy_V1_PointWithdrawn.with {
            $0.pointID = point.id.description
            $0.revision = Int32(fact.publication.revision)
            $0.withdrawnAt = fact.at.wire
        }
        return [
            try OutgoingEvent(
                PolicyApp.pointEvents, key: point.id.description, seq: seq, time: fact.at.instant, message),
            try state(fact.publication, .withdrawn, of: point, time: fact.at.instant, seq: seq),
        ]
    }

    /// The validity of the version in force ended: the fact, and the point's new state.
    static func expired(
        _ fact: PointHasExpired, of point: Point, at time: Instant, seq: Int64
    ) throws -> [OutgoingEvent] {
        let message = Zhitongche_Policy_V1_PointExpired.with {
            $0.pointID = point.id.description
            $0.revision = Int32(fact.publication.revision)
            $0.expiredOn = fact.on.wire
        }
        return [
            try OutgoingEvent(PolicyApp.pointEvents, key: point.id.description, seq: seq, time: time, message),
            try state(fact.publication, .expired, of: point, time: time, seq: seq),
        ]
    }

    /// The state of a point whose version in force, or last in force, has the given standing.
    static func state(_ standing: Standing, of point: Point, time: Instant, seq: Int64) throws -> OutgoingEvent {
        switch standing {
        case .inForce(let publication): try state(publication, .published, of: point, time: time, seq: seq)
        case .withdrawn(let publication, _): try state(publication, .withdrawn, of: point, time: time, seq: seq)
        case .expired(let publication, _): try state(publication, .expired, of: point, time: time, seq: seq)
        }
    }

    private static func state(
        _ publication: Publication, _ state: RevisionState, of point: Point, time: Instant, seq: Int64
    ) throws -> OutgoingEvent {
        let message = Zhitongche_Policy_V1_PointInForce.with {
            $0.pointID = point.id.description
            $0.documentID = point.documentID.description
            $0.revision = Int32(publication.revision)
            $0.state = state.wire
            $0.content = publication.content.wire
            $0.publishedAt = publication.publishedAt.wire
        }
        return try OutgoingEvent(PolicyApp.pointState, key: point.id.description, seq: seq, time: time, message)
    }
}
