import Foundation
import SwiftProtobuf

/// Requests as bytes, made from descriptors: plausible ones, and the same with one field that nobody would expect.
struct NastyRequests {
    /// One step from a message to one of its fields.
    struct Step: Hashable {
        let message: String
        let field: Int32
    }

    /// A scalar field somewhere in a request.
    struct Leaf {
        let path: [Step]
        let name: String
        let type: Google_Protobuf_FieldDescriptorProto.TypeEnum
        let isRepeated: Bool
    }

    private static let greatestDepth = 6

    let contract: ServedContract

    /// Every scalar field that a request reaches, each field of each message once.
    func leaves(of request: String) -> [Leaf] {
        var seen = Set<Step>()
        var found: [Leaf] = []
        func visit(_ message: String, _ path: [Step], _ names: [String]) {
            guard path.count < Self.greatestDepth, let descriptor = contract.messages[message] else { return }
            for field in descriptor.field {
                let step = Step(message: message, field: field.number)
                guard seen.insert(step).inserted else { continue }
                let (path, names) = (path + [step], names + [field.name])
                if field.type == .message {
                    visit(String(field.typeName.dropFirst()), path, names)
                } else {
                    found.append(
                        Leaf(
                            path: path, name: names.joined(separator: "."), type: field.type,
                            isRepeated: field.label == .repeated))
                }
            }
        }
        visit(request, [], [])
        return found
    }

    /// A request in which every field holds something plausible, except for the one that a path leads to.
    func request(_ name: String, _ changed: (leaf: Leaf, value: [UInt8])? = nil, times: Int = 1) -> [UInt8] {
        message(name, changed.map { ($0.leaf.path[...], $0.leaf, $0.value, times) }, depth: 0)
    }

    /// Requests with a message that holds itself again and again, to a depth.
    func nested(_ request: String, depth: Int) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var seen = Set<String>()
        func visit(_ message: String, _ wrap: @escaping ([UInt8]) -> [UInt8], _ above: [String]) {
            guard seen.insert(message).inserted, let descriptor = contract.messages[message] else { return }
            for field in descriptor.field where field.type == .message {
                let inner = String(field.typeName.dropFirst())
                let number = field.number
                func into(_ bytes: [UInt8]) -> [UInt8] { wrap(Self.delimited(number, bytes)) }
                if let start = (above + [message]).firstIndex(of: inner) {
                    var cycle = Array((above + [message])[start...])
                    cycle.append(inner)
                    var bytes: [UInt8] = []
                    for _ in 0..<depth {
                        for (outer, next) in zip(cycle, cycle.dropFirst()).reversed() {
                            let link = contract.messages[outer]?.field.first { $0.typeName == ".\(next)" }
                            bytes = Self.delimited(link?.number ?? number, bytes)
                        }
                    }
                    found.append(wrap(bytes))
                } else {
                    visit(inner, into, above + [message])
                }
            }
        }
        visit(request, { $0 }, [])
        return found
    }

    private typealias Change = (path: ArraySlice<Step>, leaf: Leaf, value: [UInt8], times: Int)

    private func message(_ name: String, _ change: Change?, depth: Int) -> [UInt8] {
        guard let descriptor = contract.messages[name] else { return [] }
        var bytes: [UInt8] = []
        let wanted = change?.path.first?.field
        var filled = Set<Int32>()
        for field in descriptor.field {
            let isWanted = field.number == wanted
            if field.hasOneofIndex {
                let others = descriptor.field.filter { $0.hasOneofIndex && $0.oneofIndex == field.oneofIndex }
                if !isWanted, others.contains(where: { $0.number == wanted }) { continue }
                if !isWanted, !filled.insert(field.oneofIndex).inserted { continue }
            }
            if field.type == .message {
                if isWanted, let change {
                    let rest: Change = (change.path.dropFirst(), change.leaf, change.value, change.times)
                    let inner = message(String(field.typeName.dropFirst()), rest, depth: depth + 1)
                    bytes += Self.delimited(field.number, inner)
                } else if depth < 3 {
                    bytes += Self.delimited(
                        field.number, message(String(field.typeName.dropFirst()), nil, depth: depth + 1))
                }
            } else if isWanted, let change {
                for _ in 0..<change.times { bytes += Self.tagged(field, change.value) }
            } else {
                bytes += Self.tagged(field, plausible(field))
            }
        }
        return bytes
    }

    private func plausible(_ field: Google_Protobuf_FieldDescriptorProto) -> [UInt8] {
        switch field.type {
        case .string: Array(Self.text(field.name).utf8)
        case .bytes: [120]
        case .enum:
            Self.varint(UInt64(contract.enumerations[String(field.typeName.dropFirst())]?.dropFirst().first ?? 1))
        case .bool: [0]
        case .double: Self.fixed(Double(1).bitPattern)
        case .fixed64, .sfixed64: Self.fixed(UInt64(1))
        case .fixed32, .sfixed32, .float: Array([1, 0, 0, 0])
        case _: Self.varint(UInt64(Self.number(field.name)))
        }
    }

    private static func text(_ name: String) -> String {
        switch name {
        case "request_id": UUID().uuidString.lowercased()
        case "phone": "13800000001"
        case "password", "current_password", "new_password": "Good-Pass-2020"
        case "totp", "page_token", "enterprise_id": ""
        case "code", "region", "parent": "370900"
        case "credit_code": "91370900MA3C0AAA0X"
        case "load_id", "list": "list-1"
        case "tag", "tags": "size:micro"
        case "attribute": "employees"
        case "action": "policy.point.read"
        case "role_id", "role_ids": "handler"
        case "rule_id": "rule-1"
        case let name where name.contains("unit") || name.contains("successor") || name == "parent_id": "finance"
        case let name where name.hasSuffix("_id") || name.hasSuffix("_ids"): "019a0000-0000-7000-8000-000000000001"
        case _: "name"
        }
    }

    private static func number(_ name: String) -> Int64 {
        switch name {
        case "year": 2020
        case "month", "day": 5
        case "page_size": 10
        case "seconds": 1_590_000_000
        case _: 1
        }
    }

    /// Values that a field of a type should survive, as they stand on the wire behind the tag.
    static func values(_ type: Google_Protobuf_FieldDescriptorProto.TypeEnum) -> [(name: String, bytes: [UInt8])] {
        switch type {
        case .string: texts.map { ($0.name, Array($0.text.utf8)) }
        case .bytes: [("empty", []), ("ones", Array(repeating: 255, count: 100_000))]
        case .double:
            [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude].map {
                ("\($0)", fixed($0.bitPattern))
            }
        case .float, .fixed32, .sfixed32:
            [("ones", [255, 255, 255, 255]), ("least", [0, 0, 0, 128]), ("greatest", [255, 255, 255, 127])]
        case .fixed64, .sfixed64: [UInt64.max, 1 << 63, UInt64(Int64.max)].map { ("\($0)", fixed($0)) }
        case _:
            [0, 1, -1, .max, .min, Int64(Int32.max), Int64(Int32.min), Int64(UInt32.max), 253_402_300_800, 9_999].map {
                ("\($0)", varint(UInt64(bitPattern: $0)))
            }
        }
    }

    private static let texts: [(name: String, text: String)] = [
        ("empty", ""), ("NUL", "na\0me"), ("quote", "'; DROP SCHEMA directory CASCADE; --"),
        ("double quote", "\" OR \"1\"=\"1"), ("dollar", "$1 $$ %s %n {0} ${jndi:ldap://x}"),
        ("backslash", "\\'\\x00\\u0000\\"), ("wildcards", "%_%_*?[]"), ("array", "{\"a\",NULL}"),
        ("right to left", "user\u{202E}nimda"), ("isolate", "\u{2066}\u{2067}x"),
        ("zero width", "\u{200B}\u{200D}\u{FEFF}"), ("combining", "e" + String(repeating: "\u{301}", count: 20_000)),
        ("mixed combining", "a" + String(repeating: "\u{301}\u{316}", count: 10_000)),
        ("joined", "👩" + String(repeating: "\u{200D}👩", count: 300)), ("families", String(repeating: "👨‍👩‍👧‍👦", count: 60)),
        ("four bytes", String(repeating: "𠮷", count: 128)), ("decomposed", "A\u{30A}\u{1100}\u{1161}\u{11A8}"),
        ("compatibility", "ﷺ①㎏"), ("noncharacter", "\u{FFFF}\u{10FFFF}"), ("controls", "\u{1}\u{7F}\u{85}\u{2028}\r\n"),
        ("long", String(repeating: "长", count: 70_000)), ("words", String(repeating: "ab ", count: 30_000)),
        ("brackets", String(repeating: "(", count: 5_000)), ("number", "-9223372036854775809"), ("day", "9999-99-99"),
        ("path", "../../../../etc/passwd"), ("space", " "), ("wide digits", "１２３４５６"), ("one", "x"),
        ("uuid", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"), ("not base64", "////++=="), ("base64", "AQAAAAAAAAAA_____w"),
    ]

    // MARK: - The wire

    static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func delimited(_ number: Int32, _ bytes: [UInt8]) -> [UInt8] {
        varint(UInt64(number) << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    private static func fixed(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func tagged(_ field: Google_Protobuf_FieldDescriptorProto, _ bytes: [UInt8]) -> [UInt8] {
        let kind: UInt64 =
            switch field.type {
            case .string, .bytes, .message: 2
            case .double, .fixed64, .sfixed64: 1
            case .float, .fixed32, .sfixed32: 5
            case _: 0
            }
        return varint(UInt64(field.number) << 3 | kind) + (kind == 2 ? varint(UInt64(bytes.count)) : []) + bytes
    }
}
