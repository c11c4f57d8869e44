import Domain
import Messaging
import NotificationDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// What events of other services share, read into the domain's words; whatever breaks the contract is a rejection.
enum EventValues {
    /// The staff who answer for a unit's duties: those who handle them, and its leader.
    static func staff(of unit: String) throws -> Addressee { .posts(unit: try named(unit), [.handler, .unitLeader]) }

    /// A unit's name.
    static func named(_ unit: String) throws -> String {
        guard (1...64).contains(unit.unicodeScalars.count) else { throw EventRejection("a unit has no name") }
        return unit
    }

    /// The day whose end a moment is.
    static func lastDay(_ end: Google_Protobuf_Timestamp) throws -> CivilDate {
        guard let instant = Instant(end) else { throw EventRejection("due_at is no point in time") }
        return try valid { try BusinessClock.date(of: instant - .microseconds(1)) }
    }

    /// What a value of the field makes of an event's content.
    static func valid<Value>(_ make: () throws -> Value) throws -> Value {
        do {
            return try make()
        } catch let error as DomainError {
            throw EventRejection(error.description)
        }
    }
}
