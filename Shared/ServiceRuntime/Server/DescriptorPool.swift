import Foundation
import SwiftProtobuf

/// The file descriptors that reflection answers from, by file name and by symbol.
struct DescriptorPool: Sendable {
    private let files: [String: [UInt8]]
    private let imports: [String: [String]]
    private let symbols: [String: String]
    /// Full names of all services, sorted.
    let services: [String]
    /// The names of the fields of all messages.
    let fieldNames: FieldNames
    /// Full names of all methods, such as "zhitongche.policy.v1.PolicyService/DraftPoint", sorted.
    let methods: [String]

    /// Reads serialised `FileDescriptorProto`s; a file given twice counts once.
    ///
    /// - Throws: the decoder's error for bytes that are none.
    init(_ descriptors: [[UInt8]]) throws {
        var files: [String: [UInt8]] = [:]
        var imports: [String: [String]] = [:]
        var symbols: [String: String] = [:]
        var services: [String] = []
        var methods: [String] = []
        var names: [String: [Int: String]] = [:]
        for bytes in descriptors {
            let file = try Google_Protobuf_FileDescriptorProto(serializedBytes: bytes)
            guard files.updateValue(bytes, forKey: file.name) == nil else { continue }
            imports[file.name] = file.dependency
            let prefix = file.package.isEmpty ? "" : file.package + "."
            func add(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
                let name = scope + message.name
                symbols[name] = file.name
                for field in message.field {
                    symbols["\(name).\(field.name)"] = file.name
                    names[name, default: [:]][Int(field.number)] = field.name
                }
                for nested in message.nestedType { add(nested, in: name + ".") }
                for nested in message.enumType { symbols["\(name).\(nested.name)"] = file.name }
            }
            for message in file.messageType { add(message, in: prefix) }
            for enumeration in file.enumType { symbols[prefix + enumeration.name] = file.name }
            for service in file.service {
                services.append(prefix + service.name)
                symbols[prefix + service.name] = file.name
                for method in service.method {
                    symbols["\(prefix)\(service.name).\(method.name)"] = file.name
                    methods.append("\(prefix)\(service.name)/\(method.name)")
                }
            }
        }
        self.files = files
        self.imports = imports
        self.symbols = symbols
        self.services = services.sorted()
        self.methods = methods.sorted()
        fieldNames = FieldNames(names)
    }

    /// A file and everything that it imports, the file first; nil for an unknown one.
    func file(named name: String) -> [Data]? {
        guard files[name] != nil else { return nil }
        var found: [String] = []
        var waiting = [name]
        while let next = waiting.popLast() {
            guard !found.contains(next) else { continue }
            found.append(next)
            waiting += imports[next] ?? []
        }
        return found.compactMap { files[$0].map { Data($0) } }
    }

    /// The file that defines a symbol, with its imports; nil for an unknown one.
    func file(containing symbol: String) -> [Data]? { symbols[symbol].flatMap(file(named:)) }
}
