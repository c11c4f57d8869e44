/// Why an account refuses a command.
public enum AccountError: Error, Hashable, Sendable {
    /// The phone has not been confirmed yet.
    case pending
    /// The account is in use already, or was confirmed before.
    case alreadyActive
    /// An administrator has disabled the account.
    case disabled
    /// The command is not for accounts of this kind.
    case wrongKind(Account.Kind)
}
