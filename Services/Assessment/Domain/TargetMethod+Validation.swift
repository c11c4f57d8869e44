import Domain

extension TargetMethod {
    /// Checks what types do not.
    ///
    /// - Throws: `InvalidFields` below `content.method`.
    func check(for indicator: Indicator, year: Int) throws(InvalidFields) {
        var findings = FieldFindings()
        switch self {
        case .set(let total, let rows, let source):
            let field = "content.method.set"
            Self.checkNumber(total, indicator, "\(field).total", &findings)
            findings.checkText(source, 1...256, field: "\(field).source")
            Self.checkUnits(rows.map(\.unit), "\(field).rows", &findings)
            for (index, row) in rows.enumerated() {
                Self.checkNumber(row.target, indicator, "\(field).rows[\(index)].target", &findings)
            }
        case .weights(let total, let shares):
            Self.checkNumber(total, indicator, "content.method.weights.total", &findings)
            Self.checkShares(shares, "content.method.weights.shares", &findings)
        case .coefficient(let coefficient, let shares):
            if coefficient <= .zero || coefficient > FixedNumber(whole: 1_000) {
                findings.add(
                    DomainError("content.method.coefficient.coefficient", .outOfRange("above 0, at most 1,000")))
            }
            Self.checkShares(shares, "content.method.coefficient.shares", &findings)
        case .annualGrowth(let baseYear, let goalYear, let shares):
            let field = "content.method.annual_growth"
            if baseYear >= year { findings.add(DomainError("\(field).base_year", .outOfRange("before the year"))) }
            if goalYear < year || goalYear - baseYear > Self.greatestSpan {
                findings.add(
                    DomainError(
                        "\(field).goal_year",
                        .outOfRange("the year or later, at most \(Self.greatestSpan) years after the bases")))
            }
            Self.checkShares(shares, "\(field).shares", &findings)
            for (index, share) in shares.enumerated() {
                if share.base <= .zero {
                    findings.add(DomainError("\(field).shares[\(index)].base", .outOfRange("above 0")))
                }
                guard let goal = share.goal else {
                    findings.add(DomainError("\(field).shares[\(index)].goal", .empty))
                    continue
                }
                if goal <= .zero { findings.add(DomainError("\(field).shares[\(index)].goal", .outOfRange("above 0"))) }
            }
        case .endGoal(let goal, let goalYear, let growth, let shares):
            let field = "content.method.end_goal"
            if goal < .zero { findings.add(DomainError("\(field).goal", .outOfRange("0 or more"))) }
            if goalYear < year || goalYear - year > Self.greatestSpan {
                findings.add(
                    DomainError(
                        "\(field).goal_year",
                        .outOfRange("the year or later, at most \(Self.greatestSpan) years after it")))
            }
            if growth <= FixedNumber(whole: -100) || growth > FixedNumber(whole: 1_000) {
                findings.add(DomainError("\(field).growth_percent", .outOfRange("above -100, at most 1,000")))
            }
            Self.checkShares(shares, "\(field).shares", &findings)
        }
        try findings.finish()
    }

    private static func checkNumber(
        _ number: FixedNumber, _ indicator: Indicator, _ field: String, _ findings: inout FieldFindings
    ) {
        if number < .zero || !indicator.fits(number) {
            findings.add(DomainError(field, .outOfRange("0 or more with at most \(indicator.decimals) decimals")))
        }
    }

    private static func checkUnits(_ units: [UnitID], _ field: String, _ findings: inout FieldFindings) {
        if units.isEmpty { findings.add(DomainError(field, .empty)) }
        if units.count > greatestSize { findings.add(DomainError(field, .tooMany(limit: greatestSize))) }
        var seen: Set<UnitID> = []
        for (index, unit) in units.enumerated() where !seen.insert(unit).inserted {
            findings.add(DomainError("\(field)[\(index)].unit_id", .duplicate("unit")))
        }
    }

    private static func checkShares(_ shares: [TargetShare], _ field: String, _ findings: inout FieldFindings) {
        checkUnits(shares.map(\.unit), field, &findings)
        for (index, share) in shares.enumerated() where share.base < .zero {
            findings.add(DomainError("\(field)[\(index)].base", .outOfRange("0 or more")))
        }
        if !shares.isEmpty, shares.allSatisfy({ $0.base <= .zero }) {
            findings.add(DomainError(field, .outOfRange("not all 0")))
        }
    }
}
