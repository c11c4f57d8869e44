import Domain
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

extension Information {
    var wire: Zhitongche_Project_V1_Information {
        .with {
            $0.informationID = id.description
            $0.informationClass = informationClass.wire
            $0.collector = collector.wire
            $0.unitID = filer.unit?.text ?? ""
            $0.enterpriseID = filer.enterprise?.uuidString.lowercased() ?? ""
            $0.subject = subject
            $0.content = content
            $0.state = stateName.wire
            $0.filedAt = filedAt.wire
            if let sorting {
                $0.handlingUnitID = sorting.unit.text
                $0.sortedAt = sorting.at.wire
            }
            if let disposal {
                $0.disposal = disposal.text
                $0.disposedAt = disposal.at.wire
            }
            if let feedback {
                $0.feedback = feedback.text
                $0.fedBackAt = feedback.at.wire
            }
            $0.version = version
        }
    }

    /// The item as a caller may see it: what the unit noted down is between units, and the feedback is what it tells.
    func wire(for caller: Caller) -> Zhitongche_Project_V1_Information {
        var wire = wire
        if caller.kind == .enterprise { wire.disposal = "" }
        return wire
    }
}

extension LeadContent {
    /// Reads what a lead says.
    ///
    /// - Throws: `InvalidFields` with every field at fault, below `content`.
    init(_ wire: Zhitongche_Project_V1_LeadContent) throws(InvalidFields) {
        var findings = FieldFindings()
        let investor = findings.gather { () throws(InvalidFields) in
            try Investor(name: wire.investor, creditCode: wire.investorCreditCode, field: "content")
        }
        let industry = findings.collect { () throws(DomainError) in
            try IndustryCode(wire.industry, field: "content.industry")
        }
        let investment = findings.gather { () throws(InvalidFields) in
            try Investment(wire.investment, field: "content.investment")
        }
        let region =
            wire.region.isEmpty
            ? nil
            : findings.collect { () throws(DomainError) in try RegionCode(wire.region, field: "content.region") }
        findings.checkText(stored(wire.requirements), 0...2_000, field: "content.requirements", isLong: true)
        findings.checkText(stored(wire.origin), 1...256, field: "content.origin")
        guard let investor, let industry, let investment else { throw InvalidFields(findings.errors) }
        try findings.finish()
        try self.init(
            investor: investor, industry: industry, investment: investment, requirements: stored(wire.requirements),
            region: region, origin: stored(wire.origin))
    }

    var wire: Zhitongche_Project_V1_LeadContent {
        .with {
            $0.investor = investor.name
            $0.investorCreditCode = investor.creditCode?.text ?? ""
            $0.industry = industry.description
            $0.investment = investment.wire
            $0.requirements = requirements
            $0.region = region?.description ?? ""
            $0.origin = origin
        }
    }
}

extension Lead {
    var wire: Zhitongche_Project_V1_Lead {
        .with {
            $0.leadID = id.description
            $0.content = content.wire
            $0.source = source.wire
            $0.unitID = unit.text
            $0.firstReporter = firstReporter.text
            $0.reportedAt = reportedAt.wire
            $0.state = stateName.wire
            $0.placedUnitID = place?.text ?? ""
            switch state {
            case .reported: break
            case .recommended(let units): $0.recommendedUnitIds = units.map(\.text)
            case .proposed(let unit, let side):
                $0.proposedUnitID = unit.text
                $0.proposedByOffice = side == .office
            case .placed(_, let moved):
                $0.elsewhere = moved != nil
                $0.reason = moved ?? ""
            case .converted(let project, _): $0.projectID = project.description
            case .merged(let other): $0.mergedIntoLeadID = other.description
            case .closed(let reason): $0.reason = reason
            }
            $0.version = version
        }
    }
}
