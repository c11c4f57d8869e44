import CommonContracts
import GRPCCore
import SwiftProtobuf

/// Why a call is refused: the one error that becomes a gRPC status with details (XCT-12).
///
/// The status text is English; `google.rpc.LocalizedMessage` carries `zh` or `en` by the call's `accept-language`.
public struct Problem: Error, Sendable, Hashable {
    /// A reason of the contract, without its prefix on the wire.
    public typealias Reason = Zhitongche_Common_V1_Reason

    /// What is wrong with one field of a request.
    public struct FieldViolation: Sendable, Hashable {
        /// Path of the field, such as `point.benefits[2].ratio`.
        public let field: String
        /// What the field has to be, in English.
        public let description: String

        /// A violation of one field.
        public init(_ field: String, _ description: String) {
            self.field = field
            self.description = description
        }
    }

    /// The gRPC code.
    public let code: RPCError.Code
    /// The machine-readable reason.
    public let reason: Reason
    /// Text for people, Simplified Chinese.
    public let zh: String
    /// Text for people, English; also the status text.
    public let en: String
    /// The fields at fault; only with INVALID_ARGUMENT.
    public let violations: [FieldViolation]
    /// Further values by name, such as `current_version`.
    public let metadata: [String: String]

    /// A problem from its parts; the factories below cover the usual ones.
    public init(
        _ code: RPCError.Code, _ reason: Reason, zh: String, en: String, violations: [FieldViolation] = [],
        metadata: [String: String] = [:]
    ) {
        self.code = code
        self.reason = reason
        self.zh = zh
        self.en = en
        self.violations = violations
        self.metadata = metadata
    }

    /// The name of the reason on the wire, such as "NOT_FOUND".
    public var reasonName: String { Self.name(of: reason) }

    static func name(of reason: Reason) -> String { names[reason.rawValue] ?? "REASON_\(reason.rawValue)" }

    /// The names as the contract writes them, without the prefix; generated code keeps them to itself.
    private static let names: [Int: String] = {
        for bytes in CommonDescriptors.files {
            // The descriptors are generated beside the enumeration; one that cannot be read names no reasons.
            guard let file = try? Google_Protobuf_FileDescriptorProto(serializedBytes: bytes) else { continue }
            for enumeration in file.enumType where enumeration.name == "Reason" {
                return Dictionary(
                    enumeration.value.map { value in
                        (Int(value.number), String(value.name.dropFirst("REASON_".count)))
                    }
                ) { first, _ in first }
            }
        }
        return [:]
    }()
}

/// An error of the domain that says once what it means to a caller; each aggregate's typed error conforms in its
/// `…Error+RPC.swift`.
public protocol ProblemConvertible: Error {
    /// What the caller is told.
    var problem: Problem { get }
}

extension Problem: ProblemConvertible {
    /// Itself.
    public var problem: Problem { self }
}

extension Problem: CustomStringConvertible {
    /// Code, reason and English text.
    public var description: String { "\(code) \(reasonName): \(en)" }
}
