/// A way to reach somebody (NTF-2).
public enum Channel: String, Hashable, Sendable, CaseIterable {
    case inbox
    case sms
    case email

    /// How values are made harmless in this channel's texts (NTF-9).
    public var escaping: Escaping {
        switch self {
        case .inbox, .sms: .plainText
        case .email: .markup
        }
    }
}
