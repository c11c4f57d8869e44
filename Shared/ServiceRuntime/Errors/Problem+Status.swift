import GRPCCore
import GRPCProtobuf

extension Problem {
    /// The domain of every `google.rpc.ErrorInfo` of the product.
    static let errorDomain = "zhitongche"

    /// A status travels as a header, and clients end the whole connection over headers that are too long (8 KiB in
    /// the strictest). A text that quotes what the caller sent is cut.
    private static let longestText = 300
    private static let mostViolations = 16

    /// The gRPC error: code, English text, and ErrorInfo, LocalizedMessage and BadRequest as details.
    ///
    /// Texts are cut after 300 characters, and the first 16 violations are named.
    func rpcError(locale: CallLocale) -> RPCError {
        var details: [ErrorDetails] = [
            .errorInfo(
                ErrorDetails.ErrorInfo(
                    reason: reasonName, domain: Self.errorDomain, metadata: metadata.mapValues(Self.cut))),
            .localizedMessage(
                ErrorDetails.LocalizedMessage(locale: locale.tag, message: Self.cut(locale == .zh ? zh : en))),
        ]
        if !violations.isEmpty {
            details.append(
                .badRequest(
                    ErrorDetails.BadRequest(
                        violations: violations.prefix(Self.mostViolations).map {
                            ErrorDetails.BadRequest.FieldViolation(
                                field: Self.cut($0.field), description: Self.cut($0.description))
                        })))
        }
        return RPCError(GoogleRPCStatus(code: code, message: Self.cut(en), details: details))
    }

    private static func cut(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: longestText, limitedBy: scalars.endIndex),
            end != scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }

    /// Reads the problem out of another service's answer; nil when its status carries none of ours.
    public init?(_ error: RPCError) {
        guard let status = try? error.unpackGoogleRPCStatus(),
            let info = status.details.lazy.compactMap(\.errorInfo).first(where: { $0.domain == Self.errorDomain })
        else { return nil }
        let reason = Reason.allCases.first { Self.name(of: $0) == info.reason } ?? .unspecified
        self.init(
            error.code, reason, zh: status.details.lazy.compactMap(\.localizedMessage?.message).first ?? error.message,
            en: error.message,
            violations: status.details.compactMap(\.badRequest).flatMap(\.violations).map {
                FieldViolation($0.field, $0.violationDescription)
            }, metadata: info.metadata)
    }
}
