import GRPCCore
import GRPCProtobuf

extension Problem {
    /// The domain of every `google.rpc.ErrorInfo` of the product.
    static let errorDomain = "zhitongche"

    /// The gRPC error: code, English text, and ErrorInfo, LocalizedMessage and BadRequest as details.
    func rpcError(locale: CallLocale) -> RPCError {
        var details: [ErrorDetails] = [
            .errorInfo(ErrorDetails.ErrorInfo(reason: reasonName, domain: Self.errorDomain, metadata: metadata)),
            .localizedMessage(
                ErrorDetails.LocalizedMessage(locale: locale.tag, message: locale == .zh ? zh : en)),
        ]
        if !violations.isEmpty {
            details.append(
                .badRequest(
                    ErrorDetails.BadRequest(
                        violations: violations.map {
                            ErrorDetails.BadRequest.FieldViolation(field: $0.field, description: $0.description)
                        })))
        }
        return RPCError(GoogleRPCStatus(code: code, message: en, details: details))
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
