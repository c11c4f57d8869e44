/// Facts as they would be after changes.
struct ChangedFacts<Base: FactSource>: FactSource {
    let base: Base
    private var attributes: [AttributeKey: Fact.State] = [:]
    private var memberships: [ListID: Membership] = [:]
    private var changedRegion: RegionCode?
    private var changedIndustry: IndustryCode?

    init(_ base: Base, applying changes: [LeafChange]) {
        self.base = base
        for change in changes {
            switch change.effect {
            case .attribute(let key, let state): attributes[key] = state
            case .membership(let list, let membership): memberships[list] = membership
            case .region(let region): changedRegion = region
            case .industry(let industry): changedIndustry = industry
            }
        }
    }

    func fact(for key: AttributeKey) -> Fact? { attributes[key].map { Fact($0) } ?? base.fact(for: key) }

    func membership(in list: ListID) -> Sourced<Membership> {
        memberships[list].map { Sourced($0) } ?? base.membership(in: list)
    }

    var region: Sourced<RegionCode>? { changedRegion.map { Sourced($0) } ?? base.region }
    var industry: Sourced<IndustryCode>? { changedIndustry.map { Sourced($0) } ?? base.industry }
}
