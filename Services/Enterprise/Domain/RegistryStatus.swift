/// The state of an enterprise in the registry (ENT-1).
public enum RegistryStatus: String, Hashable, Sendable, CaseIterable {
    /// In operation; only these are matched with policy points.
    case active
    /// Licence revoked.
    case revoked
    /// Struck off.
    case cancelled

    /// Reads the code or the registry's own words.
    public init?(text: String) {
        switch text {
        case "active", "存续", "在业", "在营", "开业": self = .active
        case "revoked", "吊销": self = .revoked
        case "cancelled", "注销": self = .cancelled
        case _: return nil
        }
    }
}
