import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import Foundation
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

extension FixedNumber {
    /// Reads a required number.
    ///
    /// - Throws: `DomainError` naming `field`.
    init(_ wire: Zhitongche_Common_V1_Decimal?, field: String) throws(DomainError) {
        guard let wire else { throw DomainError(field, .empty) }
        try self.init(DecimalNumber(wire, field: field), field: field)
    }

    /// The number on the wire, without needless zeros.
    var wire: Zhitongche_Common_V1_Decimal {
        var (unscaled, scale) = (millionths, Int32(Self.decimals))
        while scale > 0, unscaled % 10 == 0 { (unscaled, scale) = (unscaled / 10, scale - 1) }
        return .with {
            $0.unscaled = unscaled
            $0.scale = scale
        }
    }
}

extension Int64 {
    /// Millionths on the wire.
    var millionths: Zhitongche_Common_V1_Decimal { FixedNumber(millionths: self).wire }
}

extension AssessmentPeriod {
    /// Reads a required period.
    ///
    /// - Throws: `DomainError` naming the part of `field`.
    init(_ wire: Zhitongche_Assessment_V1_AssessmentPeriod?, field: String = "period") throws(DomainError) {
        guard let wire else { throw DomainError(field, .empty) }
        try self.init(
            PeriodKind(wire.kind, field: "\(field).kind"), year: Int(wire.year), number: Int(wire.number), field: field)
    }

    /// The period on the wire.
    var wire: Zhitongche_Assessment_V1_AssessmentPeriod {
        .with {
            $0.kind = kind.wire
            $0.year = Int32(year)
            $0.number = Int32(number)
        }
    }
}

extension Indicator {
    /// Reads an indicator; its texts and numbers are checked by ``validate()``.
    ///
    /// - Throws: `InvalidFields` below `indicator`.
    init(_ wire: Zhitongche_Assessment_V1_Indicator) throws(InvalidFields) {
        var findings = FieldFindings()
        let id = findings.collect { () throws(DomainError) in
            try IndicatorID(wire.indicatorID, field: "indicator.indicator_id")
        }
        let direction = findings.collect { () throws(DomainError) in
            try Direction(wire.direction, field: "indicator.direction")
        }
        let period = findings.collect { () throws(DomainError) in try PeriodKind(wire.period, field: "indicator.period")
        }
        let owner = findings.collect { () throws(DomainError) in
            try UnitID(wire.ownerUnitID, field: "indicator.owner_unit_id")
        }
        let source = findings.collect { () throws(DomainError) in try IndicatorSource(wire) }
        var tiers: Set<Tier> = []
        if wire.reportingTiers.count > Tier.allCases.count {
            findings.add(DomainError("indicator.reporting_tiers", .tooMany(limit: Tier.allCases.count)))
        } else {
            for (index, tier) in wire.reportingTiers.enumerated() {
                let read = findings.collect { () throws(DomainError) in
                    try Tier(tier, field: "indicator.reporting_tiers[\(index)]")
                }
                if let read { tiers.insert(read) }
            }
        }
        if wire.version < 0 { findings.add(DomainError("indicator.version", .outOfRange("0 or more"))) }
        guard let id, let direction, let period, let owner, let source, findings.errors.isEmpty else {
            throw InvalidFields(findings.errors)
        }
        self.init(
            id: id, name: stored(wire.name), measure: stored(wire.measure), decimals: Int(wire.decimals),
            direction: direction, source: source, period: period, owner: owner, reportingTiers: tiers,
            version: wire.version)
    }

    /// The indicator on the wire.
    var wire: Zhitongche_Assessment_V1_Indicator {
        .with {
            $0.indicatorID = id.text
            $0.name = name
            $0.measure = measure
            $0.decimals = Int32(decimals)
            $0.direction = direction.wire
            $0.source = source.kind.wire
            $0.derivation = source.derivation?.wire ?? .unspecified
            $0.period = period.wire
            $0.ownerUnitID = owner.text
            $0.reportDays = Int32(source.reportDays ?? 0)
            $0.reportingTiers = reportingTiers.map(\.wire).sorted { $0.rawValue < $1.rawValue }
            $0.version = version
        }
    }
}

extension IndicatorSource {
    fileprivate init(_ wire: Zhitongche_Assessment_V1_Indicator) throws(DomainError) {
        let derivation = try Derivation.optional(wire.derivation, field: "indicator.derivation")
        let days = Int(wire.reportDays)
        switch wire.source {
        case .events:
            guard let derivation else { throw DomainError("indicator.derivation", .empty) }
            guard days == 0 else { throw DomainError("indicator.report_days", .notApplicable("a limit for reports")) }
            self = .events(derivation)
        case .reports:
            guard derivation == nil else {
                throw DomainError("indicator.derivation", .notApplicable("counting of events"))
            }
            self = .reports(days: days)
        case .both:
            guard let derivation else { throw DomainError("indicator.derivation", .empty) }
            self = .both(derivation, days: days)
        case .unspecified:
            throw DomainError("indicator.source", .empty)
        case .UNRECOGNIZED:
            throw DomainError("indicator.source", .unknown("source"))
        }
    }
}

extension ReportedValue {
    /// The value on the wire, with its history where it is asked for.
    func wire(withEntries: Bool) -> Zhitongche_Assessment_V1_Value {
        .with {
            $0.valueID = id.description
            $0.indicatorID = indicator.text
            $0.unitID = unit.text
            $0.period = period.wire
            $0.state = state.wire
            $0.value = value.wire
            $0.late = isLate
            if let squeezed { $0.squeezed = squeezed.wire }
            if withEntries {
                $0.entries = entries.enumerated().map { index, entry in
                    .with {
                        $0.number = Int32(entry.number)
                        $0.kind = entry.kind.wire
                        $0.value = entry.value.wire
                        if index > 0 {
                            $0.difference = (entry.value.millionths - entries[index - 1].value.millionths).millionths
                        }
                        $0.accountID = entry.account.text
                        $0.reason = entry.reason
                        $0.at = entry.at.wire
                    }
                }
            }
            $0.version = version
        }
    }
}

extension DerivedFigure {
    /// The figure on the wire with the value that it gives.
    func wire(_ derivation: Derivation, value: FixedNumber?) -> Zhitongche_Assessment_V1_DerivedValue {
        .with {
            $0.numerator = numerator
            switch derivation.fold {
            case .sum, .once, .latest: $0.denominator = denominator
            case .increase: $0.denominator = Derivation.fenOfMeasure
            }
            if let value { $0.value = value.wire }
            $0.events = Int32(clamping: events)
        }
    }
}
