import Foundation
import Postgres
import TestSupport

/// A request written as JSON with the fields' names of the contract, and its bytes by the served descriptors: so that a
/// table can hold requests of every service.
indirect enum WrittenRequest: Decodable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([WrittenRequest])
    case message([String: WrittenRequest])

    init(_ json: String) throws { self = try JSONDecoder().decode(WrittenRequest.self, from: Data(json.utf8)) }

    init(from decoder: any Decoder) throws {
        if let members = try? [String: WrittenRequest](from: decoder) {
            self = .message(members)
        } else if let elements = try? [WrittenRequest](from: decoder) {
            self = .list(elements)
        } else {
            let value = try decoder.singleValueContainer()
            if let flag = try? value.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? value.decode(Int64.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
    }

    /// The bytes as a message of the contract.
    ///
    /// - Throws: `NotReached` naming what the contract does not know.
    func bytes(as name: String, _ contract: ServedContract) throws -> [UInt8] {
        guard case .message(let members) = self, let descriptor = contract.messages[name] else {
            throw NotReached(description: "\(name) is no message of the contract")
        }
        var bytes: [UInt8] = []
        for (member, value) in members.sorted(by: { $0.key < $1.key }) {
            guard let field = descriptor.field.first(where: { $0.name == member }) else {
                throw NotReached(description: "\(name) has no field \(member)")
            }
            let type = String(field.typeName.dropFirst())
            let elements: [WrittenRequest] =
                switch value {
                case .list(let elements): elements
                case .text, .number, .flag, .message: [value]
                }
            for element in elements {
                switch element {
                case .text(let text) where field.type == .enum:
                    let words = contract.words[type] ?? [:]
                    guard let word = words.first(where: { $0.key.hasSuffix("_\(text)") }) else {
                        throw NotReached(description: "\(type) has no \(text)")
                    }
                    bytes += Self.number(field.number, UInt64(word.value))
                case .text(let text): bytes += NastyRequests.delimited(field.number, Array(text.utf8))
                case .number(let number): bytes += Self.number(field.number, UInt64(bitPattern: number))
                case .flag(let flag): bytes += Self.number(field.number, flag ? 1 : 0)
                case .message: bytes += NastyRequests.delimited(field.number, try element.bytes(as: type, contract))
                case .list: throw NotReached(description: "\(name).\(member) is a list of lists")
                }
            }
        }
        return bytes
    }

    private static func number(_ field: Int32, _ value: UInt64) -> [UInt8] {
        NastyRequests.varint(UInt64(field) << 3) + NastyRequests.varint(value)
    }
}

/// One object of an answer: its identifier, which is the first field of every object, and its version.
struct AnsweredObject: Sendable {
    let id: String
    let version: Int64

    /// The object in a field of an answer.
    ///
    /// - Throws: `NotReached` when there is none.
    init(_ name: String, in answer: [UInt8], of method: ServedContract.Method, _ contract: ServedContract) throws {
        let whole = Self.fields(answer)
        guard let field = contract.messages[method.output]?.field.first(where: { $0.name == name }),
            let object = whole[field.number]?.bytes
        else { throw NotReached(description: "\(method.name) answers no \(name)") }
        let parts = Self.fields(object)
        let versioned = contract.messages[String(field.typeName.dropFirst())]?.field.first { $0.name == "version" }
        id = String(decoding: parts[1]?.bytes ?? [], as: UTF8.self)
        version = Int64(versioned.flatMap { parts[$0.number]?.number } ?? 0)
    }

    private typealias Part = (number: UInt64, bytes: [UInt8])

    /// The last value of every field of a message.
    private static func fields(_ message: [UInt8]) -> [Int32: Part] {
        var found: [Int32: Part] = [:]
        var rest = message[...]
        func varint() -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 127) << shift
                shift += 7
                if byte < 128 { break }
            }
            return value
        }
        while !rest.isEmpty {
            let tag = varint()
            let field = Int32(truncatingIfNeeded: tag >> 3)
            switch tag & 7 {
            case 0: found[field] = (varint(), [])
            case 1: rest = rest.dropFirst(8)
            case 2:
                let count = Int(varint())
                found[field] = (0, Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            case _: rest = rest.dropFirst(4)
            }
        }
        return found
    }
}
