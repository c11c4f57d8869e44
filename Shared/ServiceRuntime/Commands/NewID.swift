import Domain
import Foundation
import Messaging

/// A fresh identifier: UUID version 7 in lower case. `IdentifierSource.$current` gives tests identifiers of their own.
public func newID() -> String { IdentifierSource.current() }

extension Identifier {
    /// A fresh identifier, from ``newID()``.
    ///
    /// - Throws: ``Problem`` UNAVAILABLE when the source of identifiers gives none.
    public static func fresh() throws -> Identifier {
        guard let uuid = UUID(uuidString: newID()) else { throw Problem.unavailable("no identifier could be made") }
        return Identifier(uuid)
    }
}

/// Where ``newID()`` takes identifiers from.
public enum IdentifierSource {
    /// By default real time and the system's random numbers; tests bind a seeded one.
    @TaskLocal public static var current: @Sendable () -> String = { UUIDv7.make() }
}
