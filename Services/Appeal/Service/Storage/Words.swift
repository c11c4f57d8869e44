import AppealDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// A value that the state needs and the row lacks: a fault of the data.
func present<Value>(_ value: Value?, _ column: String) throws -> Value {
    guard let value else { throw PostgresError.decoding(column: column, reason: "is empty where the state needs it") }
    return value
}
