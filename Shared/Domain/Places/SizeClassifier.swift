/// The statistical classes of large, medium, small and micro enterprises of 2017 (统计上大中小微型企业划分办法), by
/// industry, employees, revenue and total assets (ENT-5).
public enum SizeClassifier {
    /// A figure that the rule looks at.
    public enum Figure: String, Hashable, Sendable, CaseIterable {
        case employees
        case revenue
        case assets
    }

    /// What is known about an enterprise; nil where a figure is missing.
    public struct Input: Hashable, Sendable {
        /// The industry; groups matter only in divisions 59 and 70.
        public var industry: IndustryCode
        /// Persons employed.
        public var employees: Int64?
        /// Revenue of the year.
        public var revenue: Money?
        /// Total assets.
        public var assets: Money?

        /// Makes an input.
        public init(industry: IndustryCode, employees: Int64? = nil, revenue: Money? = nil, assets: Money? = nil) {
            self.industry = industry
            self.employees = employees
            self.revenue = revenue
            self.assets = assets
        }
    }

    /// The answer of the rule.
    public enum Outcome: Hashable, Sendable {
        /// The class, and the figures that keep the enterprise from the next higher one; all of the row's figures for a
        /// large enterprise.
        case classified(SizeClass, decidedBy: [Figure])
        /// Figures are missing and could change the class.
        case missing([Figure])
        /// The industry is given too coarsely to find its row.
        case industryTooCoarse
        /// The rule does not cover the industry: railways, finance, letting of real estate, education, health, public
        /// administration and international organisations.
        case notCovered

        /// The class, if there is one.
        public var sizeClass: SizeClass? {
            switch self {
            case .classified(let sizeClass, _): sizeClass
            case .missing, .industryTooCoarse, .notCovered: nil
            }
        }
    }

    /// Lower bounds of one row of the rule for one figure: 10,000 yuan for revenue and assets, persons for employees.
    private struct Bounds {
        let figure: Figure
        let large: Int64
        let medium: Int64
        let small: Int64

        func value(for sizeClass: SizeClass) -> Int64 {
            switch sizeClass {
            case .large: large
            case .medium: medium
            case .small: small
            case .micro: 0
            }
        }
    }

    private enum Row {
        case bounds([Bounds])
        case coarse
        case uncovered
    }

    /// Finds the class. A class is reached only when every figure of the row reaches its lower bound; a figure that is
    /// missing matters only where the known ones leave more than one class possible.
    public static func classify(_ input: Input) -> Outcome {
        let bounds: [Bounds]
        switch row(for: input.industry) {
        case .bounds(let found): bounds = found
        case .coarse: return .industryTooCoarse
        case .uncovered: return .notCovered
        }
        var reached = SizeClass.large
        var reachedByFigure: [(Figure, SizeClass)] = []
        var missing: [Figure] = []
        for bound in bounds {
            guard let sizeClass = classReached(bound, input) else {
                missing.append(bound.figure)
                continue
            }
            reachedByFigure.append((bound.figure, sizeClass))
            reached = min(reached, sizeClass)
        }
        // The lowest figure decides; only the lowest class cannot be pulled down by what is missing.
        guard missing.isEmpty || reached == .micro else { return .missing(missing) }
        return .classified(reached, decidedBy: reachedByFigure.filter { $0.1 == reached }.map(\.0))
    }

    private static func classReached(_ bounds: Bounds, _ input: Input) -> SizeClass? {
        let known: Int64?
        let factor: Int128
        switch bounds.figure {
        case .employees: (known, factor) = (input.employees, 1)
        case .revenue: (known, factor) = (input.revenue?.fen, 1_000_000)
        case .assets: (known, factor) = (input.assets?.fen, 1_000_000)
        }
        guard let known else { return nil }
        for sizeClass in [SizeClass.large, .medium, .small]
        where Int128(known) >= Int128(bounds.value(for: sizeClass)) * factor {
            return sizeClass
        }
        return .micro
    }

    private static func employees(_ large: Int64, _ medium: Int64, _ small: Int64) -> Bounds {
        Bounds(figure: .employees, large: large, medium: medium, small: small)
    }

    private static func revenue(_ large: Int64, _ medium: Int64, _ small: Int64) -> Bounds {
        Bounds(figure: .revenue, large: large, medium: medium, small: small)
    }

    private static func assets(_ large: Int64, _ medium: Int64, _ small: Int64) -> Bounds {
        Bounds(figure: .assets, large: large, medium: medium, small: small)
    }

    private static let transport = Row.bounds([employees(1000, 300, 20), revenue(30_000, 3000, 200)])
    private static let storage = Row.bounds([employees(200, 100, 20), revenue(30_000, 1000, 100)])
    private static let lodging = Row.bounds([employees(300, 100, 10), revenue(10_000, 2000, 100)])
    private static let others = Row.bounds([employees(300, 100, 10)])

    private static func row(for industry: IndustryCode) -> Row {
        switch (industry.section, industry.division) {
        case ("A", _): .bounds([revenue(20_000, 500, 50)])
        case ("B", _), ("C", _), ("D", _): .bounds([employees(1000, 300, 20), revenue(40_000, 2000, 300)])
        case ("E", _): .bounds([revenue(80_000, 6000, 300), assets(80_000, 5000, 300)])
        case ("F", 51): .bounds([employees(200, 20, 5), revenue(40_000, 5000, 1000)])
        case ("F", 52): .bounds([employees(300, 50, 10), revenue(20_000, 500, 100)])
        case ("G", 53): .uncovered
        case ("G", 54), ("G", 55), ("G", 56), ("G", 57), ("G", 58): transport
        case ("G", 59): handlingAndStorage(group: industry.group)
        case ("G", 60): .bounds([employees(1000, 300, 20), revenue(30_000, 2000, 100)])
        case ("H", _): lodging
        case ("I", 63), ("I", 64): .bounds([employees(2000, 100, 10), revenue(100_000, 1000, 100)])
        case ("I", 65): .bounds([employees(300, 100, 10), revenue(10_000, 1000, 50)])
        case ("K", _): realEstate(group: industry.group)
        case ("L", _): .bounds([employees(300, 100, 10), assets(120_000, 8000, 100)])
        case ("M", _), ("N", _), ("O", _), ("R", _), ("Q", 85): others
        case ("Q", 84), ("J", _), ("P", _), ("S", _), ("T", _): .uncovered
        default: .coarse
        }
    }

    // Handling of goods counts as transport, the rest of the division as storage.
    private static func handlingAndStorage(group: String?) -> Row {
        guard let group else { return .coarse }
        return group == "591" ? transport : storage
    }

    private static func realEstate(group: String?) -> Row {
        switch group {
        case nil: .coarse
        case "701": .bounds([revenue(200_000, 1000, 100), assets(10_000, 5000, 2000)])
        case "702": .bounds([employees(1000, 300, 100), revenue(5000, 1000, 500)])
        case "704": .uncovered
        default: others
        }
    }
}
