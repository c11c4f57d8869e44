extension Account {
    /// Puts a registered account in use after its phone was confirmed (ENT-2).
    ///
    /// - Throws: ``AccountError`` unless the account waits for it.
    public mutating func confirm() throws(AccountError) {
        switch state {
        case .pending:
            state = .active
            roles = [.enterpriseUser]
        case .active: throw .alreadyActive
        case .disabled: throw .disabled
        }
    }

    /// Disables the account; its tokens are refused from now on.
    ///
    /// - Throws: ``AccountError`` unless the account is in use.
    public mutating func disable(at now: RealTime) throws(AccountError) {
        switch state {
        case .pending: throw .pending
        case .active:
            state = .disabled
            notBefore = now
        case .disabled: throw .disabled
        }
    }

    /// Puts a disabled account in use again. Tokens of the time before stay refused.
    ///
    /// - Throws: ``AccountError`` unless the account is disabled.
    public mutating func enable() throws(AccountError) {
        switch state {
        case .pending: throw .pending
        case .active: throw .alreadyActive
        case .disabled: state = .active
        }
    }
}
