import Configuration
import Foundation

/// The raw settings of a service: the environment over a JSON file.
struct ConfigurationSource: Sendable {
    private let reader: ConfigReader
    private let environment: [String: String]
    private let service: String
    /// Names in the file's tree, for telling misspelt ones.
    let fileKeys: [String]

    /// Reads the file, if one is named by `ZTC_<SERVICE>_CONFIG`.
    ///
    /// - Throws: ``ConfigurationError`` when the file cannot be read or is no JSON object of scalars.
    init(service: String, environment: [String: String]) throws {
        self.service = service
        self.environment = environment
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment)
                .prefixKeys(with: ConfigKey(["ztc", service]))
        ]
        var names: [String] = []
        if let path = environment["ZTC_\(service.uppercased())_CONFIG"] {
            let values = try Self.values(ofFile: path)
            names = values.keys.sorted()
            var settings: [AbsoluteConfigKey: ConfigValue] = [:]
            for (name, value) in values {
                settings[AbsoluteConfigKey(ConfigKey(name))] = ConfigValue(.string(value), isSecret: false)
            }
            providers.append(InMemoryProvider(name: "file", values: settings))
        }
        fileKeys = names
        reader = ConfigReader(providers: providers)
    }

    /// The text of a key: the service's variable, the file, then the variable shared by all services.
    func text(_ name: String, isSecret: Bool = false, sharedVariable: String? = nil) -> String? {
        let own = reader.string(forKey: ConfigKey(name), isSecret: isSecret)
        return own ?? sharedVariable.flatMap { environment[$0] }
    }

    /// Flattens the JSON tree into dotted names.
    private static func values(ofFile path: String) throws -> [String: String] {
        func refused(_ reason: String) -> ConfigurationError {
            ConfigurationError(problems: [ConfigurationProblem(key: "config", reason: "\(path): \(reason)")])
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw refused("cannot be read") }
        let tree: JSONValue
        do {
            tree = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw refused("is no JSON: \(error.localizedDescription)")
        }
        guard case .object = tree else { throw refused("has to hold one JSON object") }
        var values: [String: String] = [:]
        func collect(_ value: JSONValue, _ name: String) throws {
            switch value {
            case .object(let members):
                for (member, value) in members { try collect(value, name.isEmpty ? member : "\(name).\(member)") }
            case .text(let text): values[name] = text
            case .integer(let number): values[name] = String(number)
            case .boolean(let flag): values[name] = flag ? "true" : "false"
            }
        }
        try collect(tree, "")
        return values
    }
}

/// The part of JSON that settings need.
private enum JSONValue: Decodable {
    case object([String: JSONValue])
    case text(String)
    case integer(Int)
    case boolean(Bool)

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: AnyKey.self) {
            // Not an object is the only way in which asking for a keyed container fails.
            var members: [String: JSONValue] = [:]
            for key in container.allKeys {
                members[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
            }
            self = .object(members)
            return
        }
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
            self = .boolean(flag)
        } else if let number = try? value.decode(Int.self) {
            self = .integer(number)
        } else {
            self = .text(try value.decode(String.self))
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
