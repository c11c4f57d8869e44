import Domain

/// Whether a project was won from elsewhere (PRJ-3).
public enum ProjectSource: String, Hashable, Sendable, CaseIterable {
    case attracted
    case local
}

/// Nature of the building (PRJ-3).
public enum ProjectNature: String, Hashable, Sendable, CaseIterable {
    case new
    case rebuilt
    case extended
    case renovation
}

/// Role of a project in its industrial chain (PRJ-3).
public enum ChainRole: String, Hashable, Sendable, CaseIterable {
    case fills
    case builds
    case strengthens
}

/// Categories of projects that are coordinated above the locality; such a project is a major one (PRJ-3, PRJ-5).
public enum ProjectCategory: String, Hashable, Sendable, CaseIterable {
    case key
    case growthDriver = "growth_driver"
    case overall
    case livelihood
}

/// Standing of an investor (PRJ-3).
public enum InvestorStanding: String, Hashable, Sendable, CaseIterable {
    case world500 = "world_500"
    case china500 = "china_500"
    case central
    case listed
    case leader
}

/// What a project says of itself (PRJ-3).
public struct ProjectProfile: Hashable, Sendable {
    /// Name.
    public let name: String
    /// Unit that answers for it.
    public let unit: UnitID
    /// Division of its site.
    public let region: RegionCode
    /// Site.
    public let site: String
    /// Investor.
    public let investor: Investor
    /// Enterprise of the library that carries it out; nil when it has none yet.
    public let enterprise: String?
    /// Source.
    public let source: ProjectSource
    /// Nature.
    public let nature: ProjectNature
    /// Investment.
    public let investment: Investment
    /// Size class.
    public let size: SizeClass
    /// Industry.
    public let industry: IndustryCode
    /// Grouping of the city; may be empty.
    public let industryGroup: String
    /// Role in the chain; nil when none is stated.
    public let chainRole: ChainRole?
    /// Category; nil for none.
    public let category: ProjectCategory?
    /// Whether it has a procedure of its own (一事一议).
    public let hasOwnProcedure: Bool
    /// Standings of the investor, in a fixed order.
    public let standings: [InvestorStanding]

    /// Checks the texts.
    ///
    /// - Throws: ``InvalidFields`` below `profile`.
    public init(
        name: String, unit: UnitID, region: RegionCode, site: String, investor: Investor, enterprise: String? = nil,
        source: ProjectSource, nature: ProjectNature, investment: Investment, size: SizeClass, industry: IndustryCode,
        industryGroup: String = "", chainRole: ChainRole? = nil, category: ProjectCategory? = nil,
        hasOwnProcedure: Bool = false, standings: Set<InvestorStanding> = []
    ) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(name, 1...128, field: "profile.name")
        findings.checkText(site, 1...128, field: "profile.site")
        findings.checkText(industryGroup, 0...64, field: "profile.industry_group")
        try findings.finish()
        self.name = name
        self.unit = unit
        self.region = region
        self.site = site
        self.investor = investor
        self.enterprise = enterprise
        self.source = source
        self.nature = nature
        self.investment = investment
        self.size = size
        self.industry = industry
        self.industryGroup = industryGroup
        self.chainRole = chainRole
        self.category = category
        self.hasOwnProcedure = hasOwnProcedure
        self.standings = InvestorStanding.allCases.filter(standings.contains)
    }

    /// Whether experts are invited to its pre-assessment: major projects have a category, special ones a procedure of
    /// their own (PRJ-5).
    public var isMajorOrSpecial: Bool { category != nil || hasOwnProcedure }

    /// What makes two signings one: investor, site and amount (PRJ-18). Spelling does not.
    public var signingKey: String {
        "\(investor.key)\u{1F}\(region)\u{1F}\(Investor.key(of: site))\u{1F}\(investment.total.fen)"
    }
}
