import Foundation
import Postgres

/// Takes checked values out of the raw settings and gathers every problem instead of stopping at the first.
struct ConfigurationReading {
    private let source: ConfigurationSource
    private let keys: [String: ConfigurationKey]
    private(set) var problems: [ConfigurationProblem] = []

    init(source: ConfigurationSource, keys: [ConfigurationKey]) {
        self.source = source
        self.keys = Dictionary(keys.map { ($0.name, $0) }) { first, _ in first }
        for key in keys { check(key) }
    }

    /// The text of a key after all checks; its standard, or nil, where it is unset or refused.
    func text(_ name: String) -> String? {
        guard let key = keys[name] else { return source.text(name) }
        return raw(key) ?? key.standard
    }

    /// The number of a key; only for keys with a standard.
    func integer(_ name: String) -> Int { text(name).flatMap { Int($0) } ?? 0 }

    /// The flag of a key.
    func flag(_ name: String) -> Bool { text(name) == "true" }

    /// Adds a problem that only shows when several keys are seen together.
    mutating func refuse(_ key: String, _ reason: String) {
        problems.append(ConfigurationProblem(key: key, reason: reason))
    }

    /// Names in the file that no key has.
    func unknownKeys() -> [String] {
        let known = Set(keys.keys).union(keys.keys.map { "\($0).file" })
        return source.fileKeys.filter { !known.contains($0) }
    }

    private func raw(_ key: ConfigurationKey) -> String? {
        if let text = source.text(key.name, isSecret: key.isSecret, sharedVariable: key.sharedVariable) { return text }
        guard key.isSecret, let path = source.text("\(key.name).file"),
            let data = FileManager.default.contents(atPath: path), let text = String(bytes: data, encoding: .utf8)
        else { return nil }
        // Editors and secret stores end files with a line break that is not part of the secret.
        return text.trimmingCharacters(in: .newlines)
    }

    private mutating func check(_ key: ConfigurationKey) {
        if key.isSecret, let path = source.text("\(key.name).file"),
            FileManager.default.contents(atPath: path) == nil
        {
            refuse("\(key.name).file", "\(path) cannot be read")
            return
        }
        guard let text = raw(key) else {
            if key.isRequired { refuse(key.name, "is required: \(key.form)") }
            return
        }
        let shown = key.isSecret ? "the value" : "\"\(text)\""
        let isGood: Bool
        switch key.kind {
        case .integer(let range, _): isGood = Int(text).map(range.contains) ?? false
        case .boolean: isGood = text == "true" || text == "false"
        case .text: isGood = !text.isEmpty
        case .choice(let words): isGood = words.contains(text)
        case .file: isGood = FileManager.default.isReadableFile(atPath: text)
        case .address: isGood = Address(text) != nil
        case .databaseURL: isGood = (try? PostgresConfiguration(url: text)) != nil
        case .base64(let bytes): isGood = Data(base64Encoded: text)?.count == bytes
        }
        if !isGood { refuse(key.name, "\(shown) is not of the form: \(key.form)") }
    }
}

/// A host and a port.
struct Address: Sendable, Hashable {
    let host: String
    let port: Int

    /// Reads `host:port`; an IPv6 address stands in brackets. Nil for anything else.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port), colon > text.startIndex
        else { return nil }
        let host = text[..<colon]
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
        self.port = port
    }
}
