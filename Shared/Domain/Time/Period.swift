/// A half-open span of days: `start` belongs to it, `end` does not; without `end` it goes on.
public struct Period: Hashable, Sendable, CustomStringConvertible {
    /// The first day.
    public let start: CivilDate
    /// The first day after the period; nil when it is open.
    public let end: CivilDate?

    /// Makes a period.
    ///
    /// - Throws: ``DomainError`` naming `field` unless `start` lies before `end`.
    public init(from start: CivilDate, until end: CivilDate? = nil, field: String = "period") throws(DomainError) {
        if let end, end <= start { throw DomainError(field, .disorder) }
        self.start = start
        self.end = end
    }

    /// Makes a period from its first and its last day, both inside, as Chinese documents write it.
    ///
    /// - Throws: ``DomainError`` naming `field` when `last` lies before `first`; the calendar's own last day gives an
    ///   open period.
    public init(first: CivilDate, last: CivilDate, field: String = "period") throws(DomainError) {
        guard last >= first else { throw DomainError(field, .disorder) }
        start = first
        end = last == .latest ? nil : try last.adding(days: 1)
    }

    init(firstMonth: Month, count: Int) {
        self.init(firstYear: firstMonth.year, month: firstMonth.month, count: count)
    }

    // Months of the calendar always exist, except the one after the calendar's end, where the period stays open.
    init(firstYear year: Int, month: Int, count: Int) {
        func firstDay(_ index: Int) -> CivilDate? {
            do throws(DomainError) {
                return try CivilDate(year: index / 12, month: index % 12 + 1, day: 1)
            } catch {
                return nil
            }
        }
        let index = year * 12 + month - 1
        start = firstDay(index) ?? .earliest
        end = firstDay(index + count)
    }

    /// Whether a day lies in the period.
    public func contains(_ date: CivilDate) -> Bool {
        guard date >= start else { return false }
        guard let end else { return true }
        return date < end
    }

    /// Whether another period lies wholly in this one.
    public func contains(_ other: Period) -> Bool {
        guard other.start >= start else { return false }
        guard let end else { return true }
        guard let otherEnd = other.end else { return false }
        return otherEnd <= end
    }

    /// Whether the two share a day.
    public func overlaps(_ other: Period) -> Bool {
        let startsBeforeEnd = end.map { other.start < $0 } ?? true
        let endsAfterStart = other.end.map { start < $0 } ?? true
        return startsBeforeEnd && endsAfterStart
    }

    /// The last day inside; nil when the period is open.
    public var lastDay: CivilDate? {
        guard let end else { return nil }
        do throws(DomainError) {
            return try end.adding(days: -1)
        } catch {
            // An end always lies after a start, so a day before it exists; kept total for the compiler.
            return start
        }
    }

    /// The number of days; nil when the period is open.
    public var dayCount: Int? { end.map { start.days(to: $0) } }

    /// The form `[2020-01-01,2021-01-01)`, with nothing after the comma when open.
    public var description: String { "[\(start),\(end.map(\.description) ?? ""))" }
}
