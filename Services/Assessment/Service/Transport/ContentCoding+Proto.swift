import AssessmentContracts
import AssessmentDomain
import ServiceRuntime
import SwiftProtobuf

extension ContentCoding {
    /// Format 1: the messages of the contract, serialised.
    static let wire = ContentCoding(
        format: 1,
        encodeTargets: { try $0.wire.serializedBytes() },
        decodeTargets: { bytes, format in
            guard format == 1 else { throw UnknownContentFormat(format: format) }
            return try TargetContent(Zhitongche_Assessment_V1_TargetContent(serializedBytes: bytes))
        },
        encodeScheme: { try $0.wire().serializedBytes() },
        decodeScheme: { bytes, format in
            guard format == 1 else { throw UnknownContentFormat(format: format) }
            return try SchemeContent(Zhitongche_Assessment_V1_SchemeContent(serializedBytes: bytes))
        },
        encodeRules: { rules in
            try Zhitongche_Assessment_V1_GetAwardRulesResponse.with { $0.rules = rules.map(\.wire) }.serializedBytes()
        },
        decodeRules: { bytes, format in
            guard format == 1 else { throw UnknownContentFormat(format: format) }
            let wire = try Zhitongche_Assessment_V1_GetAwardRulesResponse(serializedBytes: bytes)
            return try wire.rules.enumerated().map { try AwardRule($1, "rules[\($0)]") }
        })
}
