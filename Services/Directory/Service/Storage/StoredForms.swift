import DirectoryDomain
import Domain
import Foundation
import Postgres

/// A row that breaks the domain's rules: damage or a mistake of ours, never the caller's fault.
struct DamagedRow: Error, CustomStringConvertible {
    let table: String
    let cause: String
    var description: String { "a row of directory.\(table) breaks the domain's rules: \(cause)" }
}

/// Runs the reading of a row; what the domain refuses there is damage.
func restoring<Value>(_ table: String, _ body: () throws -> Value) throws -> Value {
    do {
        return try body()
    } catch let error as FieldProblem {
        throw DamagedRow(table: table, cause: error.description)
    } catch let error as DomainError {
        throw DamagedRow(table: table, cause: error.description)
    }
}

extension RealTime {
    /// Real time as the database keeps it.
    init(_ instant: Instant) { self.init(microseconds: instant.microseconds) }
    /// The form that the database keeps.
    var instant: Instant { Instant(microseconds: microseconds) }
    /// The machine's clock.
    static var now: RealTime { RealTime(.now) }
}

extension UUID {
    /// Lower case, as identifiers are written everywhere.
    var text: String { uuidString.lowercased() }

    /// The identifier of a text that is known to be one.
    ///
    /// - Throws: ``FieldProblem`` for any other text.
    init(identifier text: String, field: String) throws {
        guard text.utf8.count == 36, let uuid = UUID(uuidString: text), uuid.text == text else {
            throw FieldProblem(field, "must be a UUID in lower case")
        }
        self = uuid
    }
}
