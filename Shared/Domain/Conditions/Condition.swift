/// A tree of demands on an enterprise (POL-4).
public indirect enum Condition: Hashable, Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    /// At least so many of these.
    case atLeast(Int, of: [Condition])
    case criterion(Criterion)

    /// The greatest depth of a valid tree; a single criterion has depth 1.
    public static let maximumDepth = 16
    /// The greatest number of criteria of a valid tree.
    public static let maximumLeaves = 256

    /// A demand on an attribute.
    public static func attribute(_ key: AttributeKey, _ comparison: Comparison) -> Condition {
        .criterion(.attribute(key, comparison))
    }

    /// A demand to be on a list.
    public static func list(_ list: ListID) -> Condition { .criterion(.list(list)) }

    /// A demand to lie in a region.
    public static func region(within region: RegionCode) -> Condition { .criterion(.regionWithin(region)) }

    /// A demand to belong to one of the industries.
    public static func industry(withinAny industries: [IndustryCode]) -> Condition {
        .criterion(.industryWithinAny(industries))
    }

    /// All criteria with their paths, from left to right.
    public func criteria(path: String = "condition") -> [(path: String, criterion: Criterion)] {
        switch self {
        case .criterion(let criterion): [(path, criterion)]
        case .not(let inner): inner.criteria(path: "\(path).not")
        case .all(let children), .any(let children), .atLeast(_, of: let children):
            children.enumerated().flatMap { $1.criteria(path: "\(path).\(branchName)[\($0)]") }
        }
    }

    /// The name of the node's kind in paths.
    var branchName: String {
        switch self {
        case .all: "all"
        case .any: "any"
        case .not: "not"
        case .atLeast: "atLeast"
        case .criterion: "criterion"
        }
    }
}
