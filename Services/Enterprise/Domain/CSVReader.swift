/// A record of a CSV text, with the line on which it begins (ENT-1).
public enum CSVRecord: Hashable, Sendable {
    /// The record's fields, unquoted.
    case fields([String], line: Int64)
    /// A record that cannot be read; the reader goes on with the next line.
    case fault(CSVFault, line: Int64)

    /// The line on which the record begins; the first line of the text is 1.
    public var line: Int64 {
        switch self {
        case .fields(_, let line), .fault(_, let line): line
        }
    }
}

/// Why a record cannot be read.
public enum CSVFault: String, Hashable, Sendable, CaseIterable {
    /// Something other than a separator follows a closing quote.
    case textAfterQuote
    /// The text ends inside quotes.
    case unterminatedQuote
    /// The record is longer than ``CSVReader/recordLimit``.
    case tooLong
    /// The bytes are not UTF-8.
    case notUTF8
}

/// Reads CSV by RFC 4180 from pieces of bytes, in bounded memory: quotes, doubled quotes, line breaks inside quotes,
/// both kinds of line end, an initial byte order mark (ENT-1).
public struct CSVReader: Sendable {
    /// The longest record in bytes. An unclosed quote would otherwise swallow the rest of the file.
    public static let recordLimit = 65_536

    private enum State {
        case fieldStart
        case plain
        case quoted
        case afterQuote
        /// The rest of a bad record's line is passed over.
        case skipping
    }

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private var state = State.fieldStart
    private var field: [UInt8] = []
    private var fields: [[UInt8]] = []
    private var length = 0
    private var line: Int64 = 1
    private var recordLine: Int64 = 1
    private var isQuotedField = false
    private var head: [UInt8]? = []

    /// A reader at the start of a text.
    public init() {}

    /// Takes the next bytes and gives the records that they complete to `body`.
    public mutating func read(_ bytes: some Sequence<UInt8>, _ body: (CSVRecord) throws -> Void) rethrows {
        for byte in bytes {
            if head != nil {
                try takeHead(byte, body)
            } else {
                try take(byte, body)
            }
        }
    }

    /// Ends the text; the last record needs no line end.
    public mutating func finish(_ body: (CSVRecord) throws -> Void) rethrows {
        if let waiting = head {
            head = nil
            for byte in waiting { try take(byte, body) }
        }
        switch state {
        case .quoted:
            try fault(.unterminatedQuote, body)
            reset()
        case .skipping:
            reset()
        case .fieldStart, .plain, .afterQuote:
            if !field.isEmpty || !fields.isEmpty || isQuotedField { try endRecord(body) }
        }
    }

    // The first three bytes are held back until it is known whether they are a byte order mark.
    private mutating func takeHead(_ byte: UInt8, _ body: (CSVRecord) throws -> Void) rethrows {
        let waiting = (head ?? []) + [byte]
        if waiting == Self.byteOrderMark {
            head = nil
        } else if Self.byteOrderMark.starts(with: waiting) {
            head = waiting
        } else {
            head = nil
            for held in waiting { try take(held, body) }
        }
    }

    private mutating func take(_ byte: UInt8, _ body: (CSVRecord) throws -> Void) rethrows {
        length += 1
        if length > Self.recordLimit, state != .skipping {
            try fault(.tooLong, body)
            state = .skipping
        }
        switch state {
        case .fieldStart:
            if byte == Self.quote {
                isQuotedField = true
                state = .quoted
            } else {
                state = .plain
                try takePlain(byte, body)
            }
        case .plain:
            try takePlain(byte, body)
        case .quoted:
            if byte == Self.quote {
                state = .afterQuote
            } else {
                if byte == Self.lineFeed { line += 1 }
                field.append(byte)
            }
        case .afterQuote:
            switch byte {
            case Self.quote:
                field.append(byte)
                state = .quoted
            case Self.comma: endField()
            case Self.lineFeed: try endLine(body)
            case Self.carriageReturn: break
            case _:
                try fault(.textAfterQuote, body)
                state = .skipping
            }
        case .skipping:
            if byte == Self.lineFeed {
                line += 1
                reset()
            }
        }
    }

    private mutating func takePlain(_ byte: UInt8, _ body: (CSVRecord) throws -> Void) rethrows {
        switch byte {
        case Self.comma: endField()
        case Self.lineFeed: try endLine(body)
        case _: field.append(byte)
        }
    }

    private mutating func endField() {
        fields.append(field)
        field.removeAll(keepingCapacity: true)
        isQuotedField = false
        state = .fieldStart
    }

    private mutating func endLine(_ body: (CSVRecord) throws -> Void) rethrows {
        if !isQuotedField, field.last == Self.carriageReturn { field.removeLast() }
        let isBlank = fields.isEmpty && field.isEmpty && !isQuotedField
        line += 1
        if isBlank { reset() } else { try endRecord(body) }
    }

    private mutating func endRecord(_ body: (CSVRecord) throws -> Void) rethrows {
        fields.append(field)
        let started = recordLine
        let texts = fields.map { String(validating: $0, as: UTF8.self) }
        reset()
        if texts.contains(nil) {
            try body(.fault(.notUTF8, line: started))
        } else {
            try body(.fields(texts.compactMap { $0 }, line: started))
        }
    }

    private mutating func fault(_ fault: CSVFault, _ body: (CSVRecord) throws -> Void) rethrows {
        try body(.fault(fault, line: recordLine))
    }

    private mutating func reset() {
        fields.removeAll(keepingCapacity: true)
        field.removeAll(keepingCapacity: true)
        length = 0
        isQuotedField = false
        state = .fieldStart
        recordLine = line
    }
}
