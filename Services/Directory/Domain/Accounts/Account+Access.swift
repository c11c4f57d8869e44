extension Account {
    /// Why new roles are refused.
    public enum RoleChangeError: Error, Hashable, Sendable {
        /// The account's state or kind does not allow it.
        case account(AccountError)
        /// The list of roles is at fault.
        case field(FieldProblem)
    }

    /// Replaces the roles; tokens issued before are refused, since they carry the old ones (DIR-5).
    ///
    /// - Throws: ``RoleChangeError`` for pending accounts and services, and for lists that are empty or repeat a role.
    public mutating func setRoles(_ new: [RoleID], at now: RealTime) throws(RoleChangeError) {
        switch (kind, state) {
        case (.service, _): throw .account(.wrongKind(.service))
        case (.staff, .pending), (.enterprise, .pending): throw .account(.pending)
        case (.staff, .active), (.staff, .disabled), (.enterprise, .active), (.enterprise, .disabled): break
        }
        guard !new.isEmpty else { throw .field(FieldProblem("role_ids", "must be at least one")) }
        do {
            try Self.check(new)
        } catch {
            throw .field(error)
        }
        roles = new
        notBefore = now
    }

    /// Lets the account act for an enterprise whose claim was verified (ENT-2). A disabled account is bound too: the
    /// proof stays true, and what it allows comes back with the account.
    ///
    /// - Returns: False when the account acts for it already.
    /// - Throws: ``AccountError`` for other kinds of account and for pending ones.
    public mutating func bind(enterprise: String) throws(AccountError) -> Bool {
        guard kind == .enterprise else { throw .wrongKind(kind) }
        switch state {
        case .pending: throw .pending
        case .active, .disabled: break
        }
        guard !enterprises.contains(enterprise) else { return false }
        enterprises.append(enterprise)
        return true
    }

    /// Refuses the tokens issued until now, after a change of password.
    ///
    /// - Throws: ``AccountError`` unless the account is in use and has a password.
    public mutating func revokeTokens(at now: RealTime) throws(AccountError) {
        guard kind != .service else { throw .wrongKind(.service) }
        switch state {
        case .pending: throw .pending
        case .active: notBefore = now
        case .disabled: throw .disabled
        }
    }

    /// The enterprise for which a session acts.
    ///
    /// - Parameters:
    ///   - wanted: The one asked for; empty keeps `present`, or takes the only one.
    ///   - present: The one of the session so far.
    /// - Returns: The enterprise; nil for none.
    /// - Throws: ``FieldProblem`` when the account may not act for the one asked for.
    public func enterprise(wanted: String, present: String? = nil) throws(FieldProblem) -> String? {
        if !wanted.isEmpty {
            guard enterprises.contains(wanted) else {
                throw FieldProblem("enterprise_id", "must be an enterprise for which the account may act")
            }
            return wanted
        }
        if let present, enterprises.contains(present) { return present }
        return enterprises.count == 1 ? enterprises[0] : nil
    }
}
