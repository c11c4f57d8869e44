/// The lists of enterprises that conditions may name, with their names for people (DIR-9).
public struct ListDictionary: Hashable, Sendable {
    /// Names of the known lists.
    public private(set) var labels: [ListID: BilingualText]

    /// Makes a dictionary.
    public init(labels: [ListID: BilingualText]) {
        self.labels = labels
    }

    /// Adds a list or renames it.
    public mutating func add(_ list: ListID, label: BilingualText) {
        labels[list] = label
    }

    /// Whether the list is known.
    public func contains(_ list: ListID) -> Bool { labels[list] != nil }

    /// The list's name; its identifier where it is not known.
    public func label(of list: ListID) -> BilingualText { labels[list] ?? BilingualText(verbatim: list.text) }

    /// The lists that the campaign's documents name.
    public static let standard = ListDictionary(
        labels: Dictionary(
            uniqueKeysWithValues: [
                ("listed-companies", "上市公司名录", "listed companies"),
                ("neeq-companies", "新三板挂牌公司名录", "NEEQ-quoted companies"),
                ("listing-seed-enterprises", "上市种子企业名录", "listing seed enterprises"),
                ("double-50", "“双50强”企业名录", "Double 50 enterprises"),
                ("innovation-50", "“创新50强”企业名录", "Innovation 50 enterprises"),
                ("epidemic-key-support", "疫情防控重点支持企业名录", "epidemic key-support enterprises"),
                ("deferral-eligible", "延期付息对象名录", "enterprises eligible for deferral"),
                ("high-tech", "高新技术企业名录", "high-tech enterprises"),
                ("technology-sme", "科技型中小企业名录", "technology SMEs"),
                ("little-giant", "专精特新“小巨人”企业名录", "little giant enterprises"),
                ("above-designated-size", "规模以上企业名录", "enterprises above designated size"),
                ("joint-sanction", "失信联合惩戒名单", "joint-sanction list"),
            ].map { (ListID(known: $0.0), BilingualText($0.1, $0.2)) }))
}
