import Domain

/// A word of the domain that a contract has as an enumeration.
public protocol ContractWord {
    /// The enumeration of the contract.
    associatedtype Contract

    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Contract, field: String) throws(DomainError) -> Self?
}

extension ContractWord {
    /// The value of the contract where one is required.
    ///
    /// - Throws: `DomainError` naming `field` when it is unspecified or unknown.
    public init(_ wire: Contract, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }
}
