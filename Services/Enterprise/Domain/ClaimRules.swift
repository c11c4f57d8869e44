import Domain

/// How often an enterprise may be claimed in vain (ENT-2). The window is real time, since it guards against guessing.
public enum ClaimRules {
    /// The window in seconds.
    public static let windowSeconds: Int64 = 3_600
    /// Refused claims of one account within the window after which further ones are not even compared.
    public static let refusalsPerAccount: Int64 = 5
    /// Refused claims of one credit code within the window, by whichever accounts.
    public static let refusalsPerCreditCode: Int64 = 20

    /// Whether a further claim is compared at all.
    public static func allows(refusalsOfAccount: Int64, refusalsOfCreditCode: Int64) -> Bool {
        refusalsOfAccount < refusalsPerAccount && refusalsOfCreditCode < refusalsPerCreditCode
    }
}

/// The state of a claim.
public enum ClaimState: String, Hashable, Sendable, CaseIterable {
    case verified
    case refused
}
