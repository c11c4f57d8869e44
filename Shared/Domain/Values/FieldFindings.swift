/// Collects what is wrong with the fields of one request, so that its author sees everything at once (XCT-12).
public struct FieldFindings: Sendable {
    /// What was found so far.
    public private(set) var errors: [DomainError] = []

    /// Nothing found yet.
    public init() {}

    /// Notes an error.
    public mutating func add(_ error: DomainError) { errors.append(error) }

    /// Runs a step and notes its error; the value is nil then.
    public mutating func collect<Value>(_ step: () throws(DomainError) -> Value) -> Value? {
        do {
            return try step()
        } catch {
            add(error)
            return nil
        }
    }

    /// Runs a step that reads several fields and notes all their errors; the value is nil then.
    public mutating func gather<Value>(_ step: () throws(InvalidFields) -> Value) -> Value? {
        do {
            return try step()
        } catch {
            for error in error.errors { add(error) }
            return nil
        }
    }

    /// Checks a text: its length in Unicode scalars, and that it holds no control characters but, in long texts, line
    /// breaks and tabs.
    public mutating func checkText(_ text: String, _ length: ClosedRange<Int>, field: String, isLong: Bool = false) {
        let count = text.unicodeScalars.count
        if count == 0, length.lowerBound > 0 {
            add(DomainError(field, .empty))
        } else if !length.contains(count) {
            add(DomainError(field, .outOfRange("\(length.lowerBound) to \(length.upperBound) characters")))
        } else if length.lowerBound > 0, text.unicodeScalars.allSatisfy(\.properties.isWhitespace) {
            add(DomainError(field, .empty))
        }
        let position = text.unicodeScalars.enumerated().first { _, scalar in
            guard scalar.value < 0x20 || scalar.value == 0x7F else { return false }
            return !(isLong && (scalar == "\n" || scalar == "\r" || scalar == "\t"))
        }
        if let position { add(DomainError(field, .illegalCharacter(position: position.offset))) }
    }

    /// Checks a list of lines: how many there are, and each one as a short text.
    public mutating func checkLines(_ lines: [String], limit: Int, length: Int, field: String) {
        guard lines.count <= limit else { return add(DomainError(field, .tooMany(limit: limit))) }
        for (index, line) in lines.enumerated() { checkText(line, 1...length, field: "\(field)[\(index)]") }
    }

    /// Ends the check.
    ///
    /// - Throws: ``InvalidFields`` when anything was found.
    public func finish() throws(InvalidFields) {
        if !errors.isEmpty { throw InvalidFields(errors) }
    }
}

/// Fields that break the rules, all of a request at once.
public struct InvalidFields: Error, Hashable, Sendable {
    /// Every field at fault with its reason; never empty.
    public let errors: [DomainError]

    /// Names fields at fault.
    public init(_ errors: [DomainError]) { self.errors = errors }
}
