import Domain
import Foundation
import NotificationDomain
import Postgres

/// A stored row that breaks the domain's rules: a fault of ours, not of a caller, so it never names a request's field.
struct StoredRowError: Error, CustomStringConvertible {
    let description: String

    init(_ table: String, _ cause: any Error) { description = "a row of \(table) is damaged: \(cause)" }
    init(_ table: String, _ what: String) { description = "a row of \(table) is damaged: \(what)" }
}

extension UUID {
    /// The form on the wire.
    var text: String { uuidString.lowercased() }

    /// An identifier that this service made or has checked before.
    init(known text: String) throws {
        guard let uuid = UUID(uuidString: text) else { throw StoredRowError("identifiers", "not a UUID") }
        self = uuid
    }
}

extension Row {
    /// A column whose text is the raw value of an enumeration.
    func value<Value: RawRepresentable<String>>(_ column: String, table: String) throws -> Value {
        guard let value = Value(rawValue: try get(column, as: String.self)) else {
            throw StoredRowError(table, "\(column) is unknown")
        }
        return value
    }

    /// The four columns of a title's and a body's templates.
    func templates(table: String) throws -> (title: BilingualTemplate, body: BilingualTemplate) {
        do {
            let variables = Set(TemplateVariable.allCases)
            return (
                try BilingualTemplate(
                    chinese: try get("title_zh"), english: try get("title_en"), variables: variables,
                    limit: Rule.titleLimit, field: "title"),
                try BilingualTemplate(
                    chinese: try get("body_zh"), english: try get("body_en"), variables: variables,
                    limit: Rule.bodyLimit, field: "body")
            )
        } catch let error as DomainError {
            throw StoredRowError(table, error)
        }
    }
}
