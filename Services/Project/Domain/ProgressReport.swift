import Domain

/// How a report met its date (PRJ-9).
public enum ReportOutcome: String, Hashable, Sendable, CaseIterable {
    case onTime = "on_time"
    case late
    case missing
}

/// A report of a period, or its place while it is missing.
public struct ProgressReport: Hashable, Sendable {
    /// What a report says.
    public struct Content: Hashable, Sendable {
        /// Figures since the beginning.
        public let figures: ProgressFigures
        /// Visible progress.
        public let picture: String
        /// Why figures fell; empty otherwise.
        public let correctionNote: String
        /// When it came.
        public let at: BusinessTime

        /// A content.
        public init(figures: ProgressFigures, picture: String, correctionNote: String, at: BusinessTime) {
            self.figures = figures
            self.picture = picture
            self.correctionNote = correctionNote
            self.at = at
        }
    }

    /// The period.
    public let period: Period
    /// Last day for the report.
    public let dueOn: CivilDate
    /// What it says; nil while it is missing.
    public let content: Content?
    /// How it met its date.
    public let outcome: ReportOutcome

    /// A report as it was stored.
    public init(period: Period, dueOn: CivilDate, content: Content?, outcome: ReportOutcome) {
        self.period = period
        self.dueOn = dueOn
        self.content = content
        self.outcome = outcome
    }

    /// The last day for the report of a period: so many working days after the period's last day.
    ///
    /// - Throws: `DomainError` when the arrangement of the year's working days is not known.
    public static func dueOn(
        _ period: Period, workingDays: Int, calendar: WorkingCalendar
    ) throws(DomainError) -> CivilDate {
        let end = period.lastDay ?? period.start
        guard workingDays > 0 else { return end }
        let term = try DeadlineTerm(days: workingDays, count: .working)
        let arithmetic = try DeadlineArithmetic(start: end, term: term, calendar: calendar)
        switch arithmetic.outcome {
        case .due(let day): return day
        case .stopped: throw DomainError("calendar", .unknown("end of a limit without pauses"))
        }
    }
}
