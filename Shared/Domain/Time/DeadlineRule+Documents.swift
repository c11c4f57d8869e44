extension DeadlineRule {
    /// The limits that the documents of 2019 and 2020 state, each from the year of its document on (APL-3).
    ///
    /// The outer limit of the reply is that of matters that a higher level decides; the documents state no other, and a
    /// limit without one is not extended.
    ///
    /// - Throws: ``DomainError`` only if the data below contradicted themselves, which a test rules out.
    public static func documents() throws(DomainError) -> [DeadlineRule] {
        let taian = try Period(from: CivilDate("2020-01-01"), until: nil)
        let lanshan = try Period(from: CivilDate("2019-01-01"), until: nil)
        let (policy, finance, resource) = (
            "taian-2020, policy research group", "taian-2020, finance group", "taian-2020, resource group"
        )
        func natural(_ days: Int, isAbsolute: Bool = false) throws(DomainError) -> Limit {
            .days(try DeadlineTerm(days: days, count: .natural, isAbsolute: isAbsolute))
        }
        func working(_ days: Int) throws(DomainError) -> Limit { .days(try DeadlineTerm(days: days, count: .working)) }
        return [
            DeadlineRule(
                id: "appeal-reply", matter: "appeal", limit: try natural(3), outerDays: 15, source: policy,
                valid: taian),
            DeadlineRule(
                id: "appeal-higher-level", matter: "appeal", isForHigherLevel: true,
                limit: try natural(15, isAbsolute: true), source: policy, valid: taian),
            DeadlineRule(
                id: "finance-application-reply", category: "finance-application", limit: try natural(1),
                source: finance, valid: taian),
            DeadlineRule(
                id: "credit-enhancement-answer", category: "credit-enhancement", limit: try natural(3),
                source: finance, valid: taian),
            DeadlineRule(
                id: "credit-enhancement-solution", category: "credit-enhancement", limit: try natural(7),
                source: finance, valid: taian),
            DeadlineRule(
                id: "easy-credit", category: "easy-credit", limit: try working(6), source: finance, valid: taian),
            DeadlineRule(
                id: "property-registration-immediate", category: "property-registration-immediate",
                limit: try working(0), source: resource, valid: taian),
            DeadlineRule(
                id: "epidemic-credit-approval", category: "epidemic-credit-approval", limit: try natural(3),
                source: finance, valid: taian),
            DeadlineRule(
                id: "property-registration-mortgage", category: "property-registration-mortgage",
                limit: try working(1), source: resource, valid: taian),
            DeadlineRule(
                id: "property-registration-other", category: "property-registration-other", limit: try working(3),
                source: resource, valid: taian),
            DeadlineRule(
                id: "pre-assessment-opinion", matter: "pre-assessment", limit: try working(2), source: "lanshan-2019",
                valid: lanshan),
            DeadlineRule(
                id: "problem-list-measures", matter: "problem", limit: try working(3), source: "lanshan-2019",
                valid: lanshan),
            DeadlineRule(
                id: "problem-collection", matter: "problem", limit: .beforeEachMonth, source: "lanshan-2019",
                valid: lanshan),
            DeadlineRule(
                id: "land-supply-and-start", matter: "project", limit: .months(2), after: "land-approval",
                source: resource, valid: taian),
            DeadlineRule(
                id: "idle-land-recovery", matter: "project", limit: .months(24), after: "land-idle", source: resource,
                valid: taian),
        ]
    }
}
