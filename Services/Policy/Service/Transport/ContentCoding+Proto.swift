import CommonContracts
import Domain
import ServiceRuntime
import SwiftProtobuf
import Wire

extension ContentCoding {
    /// Format 1: the messages of `zhitongche.common.v1`, each serialised on its own.
    static let wire = ContentCoding(
        format: 1,
        encode: { parts in
            ContentBytes(
                condition: try parts.condition.map { try $0.wire.serializedBytes() },
                benefit: try parts.benefit.wire.serializedBytes(),
                audience: try parts.audience.wire.serializedBytes())
        },
        decode: { bytes, format in
            guard format == 1 else { throw UnknownContentFormat(format: format) }
            return ContentParts(
                condition: try bytes.condition.map {
                    try Condition(Zhitongche_Common_V1_Condition(serializedBytes: $0), at: "condition")
                },
                benefit: try Benefit(Zhitongche_Common_V1_Benefit(serializedBytes: bytes.benefit), at: "benefit"),
                audience: try AudienceRule(
                    Zhitongche_Common_V1_AudienceRule(serializedBytes: bytes.audience), vocabulary: .standard,
                    field: "audience"))
        })
}

/// The stored content was written by a newer program.
struct UnknownContentFormat: Error, CustomStringConvertible {
    let format: Int16

    var description: String { "content format \(format) is unknown to this program" }
}
