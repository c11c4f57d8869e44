import CLibpq

/// A finished result of the server.
///
/// `@unchecked Sendable` is safe because libpq never changes a result once it has handed it out, this object is its
/// only owner, and everything below only reads.
final class ResultSet: @unchecked Sendable {
    private let pointer: OpaquePointer
    /// Column numbers by name; a name that occurs twice maps to nil, since reading it by name would be a guess.
    private let columns: [String: Int32?]

    /// Takes over the result and frees it at the end of its life.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
        var columns: [String: Int32?] = [:]
        for index in 0..<PQnfields(pointer) {
            let name = PQfname(pointer, index).map { String(cString: $0) } ?? ""
            columns.updateValue(columns.keys.contains(name) ? nil : index, forKey: name)
        }
        self.columns = columns
    }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var rowCount: Int { Int(PQntuples(pointer)) }
    /// Rows that INSERT, UPDATE, DELETE, MERGE or COPY changed, or that a SELECT returned; 0 for other commands.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }
    var commandTag: String { String(cString: PQcmdStatus(pointer)) }

    func errorField(_ code: Character) -> String? {
        guard let ascii = code.asciiValue, let text = PQresultErrorField(pointer, Int32(ascii)) else { return nil }
        return String(cString: text)
    }

    var isFailure: Bool { status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE }
    /// The server ends the connection after an error of this severity.
    var isFatal: Bool { ["FATAL", "PANIC"].contains(errorField("V")) }

    var error: PostgresError {
        guard let sqlState = errorField("C") else {
            return .connection(String(cString: PQresultErrorMessage(pointer)).trimmedMessage)
        }
        return .server(
            sqlState: sqlState, message: errorField("M") ?? "", constraint: errorField("n"), table: errorField("t"),
            column: errorField("c"), detail: errorField("D"))
    }

    func value<Value: PostgresDecodable>(row: Int, column: String, as: Value.Type) throws -> Value {
        guard let found = columns[column] else {
            throw PostgresError.decoding(column: column, reason: "is not in the result")
        }
        guard let index = found else {
            throw PostgresError.decoding(column: column, reason: "occurs more than once in the result")
        }
        let number = Int32(row)
        let length = Int(PQgetlength(pointer, number, index))
        let raw =
            PQgetisnull(pointer, number, index) == 1
            ? nil : UnsafeRawBufferPointer(start: PQgetvalue(pointer, number, index), count: length)
        do {
            return try withExtendedLifetime(self) {
                try Value.decodePostgres(PostgresValue(type: .named(PQftype(pointer, index)), raw: raw))
            }
        } catch {
            throw PostgresError.decoding(column: column, reason: String(describing: error))
        }
    }
}

/// One row of a result, read by column name.
public struct Row: Sendable {
    let result: ResultSet
    let index: Int

    /// The value of a column. Throws `PostgresError.decoding` with the column's name if it is absent, ambiguous,
    /// NULL without an optional type, of another type, or outside the type's range.
    public func get<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        try result.value(row: index, column: column, as: type)
    }
}

extension String {
    /// The last line break of libpq's messages removed, inner ones turned into spaces.
    var trimmedMessage: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
