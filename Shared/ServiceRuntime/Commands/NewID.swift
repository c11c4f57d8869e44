import Messaging

/// A fresh identifier: UUID version 7 in lower case. `IdentifierSource.$current` gives tests identifiers of their own.
public func newID() -> String { IdentifierSource.current() }

/// Where ``newID()`` takes identifiers from.
public enum IdentifierSource {
    /// By default real time and the system's random numbers; tests bind a seeded one.
    @TaskLocal public static var current: @Sendable () -> String = { UUIDv7.make() }
}
