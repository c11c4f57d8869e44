import Foundation
import GRPCCore
import SwiftProtobuf

/// Refuses, by the field's name, texts that no field may hold, before a handler reads the message (XCT-12): what the
/// database cannot store, and what makes a text cost more, or look other, than its length and letters say.
struct TextInterceptor: ServerInterceptor {
    let names: FieldNames

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        guard Input.self is any Message.Type, !PlatformCalls.includes(context.descriptor) else {
            return try await next(request, context)
        }
        var checked = request
        checked.messages = RPCAsyncSequence(
            wrapping: request.messages.map { [names] input in
                if let message = input as? any Message { try names.check(message) }
                return input
            })
        return try await next(checked, context)
    }
}

/// The names of all fields of the contract, to say where a text stands.
struct FieldNames: Sendable {
    private let names: [String: [Int: String]]

    /// Names by message and number.
    init(_ names: [String: [Int: String]]) { self.names = names }

    /// Checks every text of a message.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT on the first field at fault.
    func check(_ message: any Message) throws {
        var visitor = TextVisitor(message: type(of: message).protoMessageName)
        do {
            try message.traverse(visitor: &visitor)
        } catch let flaw as TextVisitor.Flaw {
            let path = flaw.path.map { step in
                let name = names[step.message]?[step.field] ?? "\(step.field)"
                return step.index.map { "\(name)[\($0)]" } ?? name
            }
            throw Problem.invalid(path.joined(separator: "."), flaw.description)
        }
    }
}

/// Goes through the texts of a message and the messages in it.
private struct TextVisitor: Visitor {
    struct Step: Sendable {
        let message: String
        let field: Int
        var index: Int?
    }

    struct Flaw: Error {
        let path: [Step]
        let description: String
    }

    private var messages: [String]
    private var path: [Step] = []

    init(message: String) { messages = [message] }

    mutating func visitSingularStringField(value: String, fieldNumber: Int) throws {
        try check(value, fieldNumber, index: nil)
    }

    mutating func visitRepeatedStringField(value: [String], fieldNumber: Int) throws {
        for (index, text) in value.enumerated() { try check(text, fieldNumber, index: index) }
    }

    mutating func visitSingularMessageField<M: Message>(value: M, fieldNumber: Int) throws {
        try visit(value, fieldNumber, index: nil)
    }

    mutating func visitRepeatedMessageField<M: Message>(value: [M], fieldNumber: Int) throws {
        for (index, message) in value.enumerated() { try visit(message, fieldNumber, index: index) }
    }

    mutating func visitMapField<KeyType, ValueType: MapValueType>(
        fieldType: _ProtobufMap<KeyType, ValueType>.Type, value: _ProtobufMap<KeyType, ValueType>.BaseType,
        fieldNumber: Int
    ) throws {
        for (key, value) in value {
            for case let text as String in [key as Any, value as Any] { try check(text, fieldNumber, index: nil) }
        }
    }

    mutating func visitMapField<KeyType, ValueType>(
        fieldType: _ProtobufEnumMap<KeyType, ValueType>.Type, value: _ProtobufEnumMap<KeyType, ValueType>.BaseType,
        fieldNumber: Int
    ) throws where ValueType.RawValue == Int {
        for case let text as String in value.keys { try check(text, fieldNumber, index: nil) }
    }

    mutating func visitMapField<KeyType, ValueType>(
        fieldType: _ProtobufMessageMap<KeyType, ValueType>.Type,
        value: _ProtobufMessageMap<KeyType, ValueType>.BaseType, fieldNumber: Int
    ) throws {
        for case let text as String in value.keys { try check(text, fieldNumber, index: nil) }
        for message in value.values { try visit(message, fieldNumber, index: nil) }
    }

    // Nothing else holds text; unknown fields are dropped unread.
    mutating func visitSingularDoubleField(value: Double, fieldNumber: Int) {}
    mutating func visitSingularInt64Field(value: Int64, fieldNumber: Int) {}
    mutating func visitSingularUInt64Field(value: UInt64, fieldNumber: Int) {}
    mutating func visitSingularBoolField(value: Bool, fieldNumber: Int) {}
    mutating func visitSingularBytesField(value: Data, fieldNumber: Int) {}
    mutating func visitSingularEnumField<E: Enum>(value: E, fieldNumber: Int) {}
    mutating func visitUnknown(bytes: Data) {}

    private mutating func visit(_ message: some Message, _ field: Int, index: Int?) throws {
        path.append(Step(message: messages[messages.count - 1], field: field, index: index))
        messages.append(type(of: message).protoMessageName)
        try message.traverse(visitor: &self)
        messages.removeLast()
        path.removeLast()
    }

    private func check(_ text: String, _ field: Int, index: Int?) throws {
        guard let description = Self.flaw(in: text) else { return }
        throw Flaw(
            path: path + [Step(message: messages[messages.count - 1], field: field, index: index)],
            description: description)
    }

    /// More marks in a row than UAX #15 (stream-safe text) allows make normalising slow; no script needs them.
    private static let greatestRun = 30

    private static func flaw(in text: String) -> String? {
        var run = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0: return "must not hold the character NUL"
            case 0x202A...0x202E, 0x2066...0x2069: return "must not hold characters that change the direction of text"
            // Below nothing combines, and neither do the ideographs that most texts are made of.
            case ..<0x300, 0x3400...0x9FFF: run = 0
            case _:
                guard scalar.properties.canonicalCombiningClass != .notReordered else {
                    run = 0
                    continue
                }
                run += 1
                if run > greatestRun { return "must not hold more than \(greatestRun) combining characters in a row" }
            }
        }
        return nil
    }
}
