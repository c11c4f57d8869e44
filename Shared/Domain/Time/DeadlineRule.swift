/// A rule of a limit as the documents state it, with the days on which it holds (APL-3).
///
/// A clock keeps the rule that was in force on the day on which it began.
public struct DeadlineRule: Hashable, Sendable {
    /// How long the limit is.
    public enum Limit: Hashable, Sendable {
        /// Days, counted as the term says.
        case days(DeadlineTerm)
        /// Months of the calendar, 1 to 120: the same day of a later month.
        case months(Int)
        /// Before the first day of each month.
        case beforeEachMonth
    }

    /// Stable slug, such as `appeal-reply`.
    public let id: String
    /// What it is for: a kind of case such as `appeal` or `project`; nil for any.
    public let matter: String?
    /// Category of the matter, such as `credit-enhancement`; nil for any.
    public let category: String?
    /// Whether it is for matters that a higher level decides.
    public let isForHigherLevel: Bool
    /// How long.
    public let limit: Limit
    /// Longest length with an extension, in the limit's own days; nil when it is not extended.
    public let outerDays: Int?
    /// Event that the limit starts with where that is not the matter's own beginning, such as `land-approval`.
    public let after: String?
    /// The document that it comes from.
    public let source: String
    /// Days on which clocks may begin by it.
    public let valid: Period

    /// A rule from its parts.
    public init(
        id: String, matter: String? = nil, category: String? = nil, isForHigherLevel: Bool = false, limit: Limit,
        outerDays: Int? = nil, after: String? = nil, source: String, valid: Period
    ) {
        self.id = id
        self.matter = matter
        self.category = category
        self.isForHigherLevel = isForHigherLevel
        self.limit = limit
        self.outerDays = outerDays
        self.after = after
        self.source = source
        self.valid = valid
    }
}
