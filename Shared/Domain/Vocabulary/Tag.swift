/// A label of a point or an enterprise in one dimension, such as industry `C13` (POL-3, ENT-6).
///
/// Tags are made by a ``TagVocabulary``, so that an unknown one cannot exist.
public struct Tag: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The dimension.
    public let dimension: TagDimension
    /// The code within the dimension.
    public let code: String

    init(dimension: TagDimension, code: String) {
        self.dimension = dimension
        self.code = code
    }

    /// Order by dimension, then code.
    public static func < (left: Tag, right: Tag) -> Bool {
        (left.dimension.rawValue, left.code) < (right.dimension.rawValue, right.code)
    }

    /// The form `industry:C13`.
    public var description: String { "\(dimension.rawValue):\(code)" }
}
