/// Where units stand, as far as permissions need it.
public protocol UnitTree: Sendable {
    /// Whether a unit is another one or lies below it.
    func isUnit(_ unit: String, within ancestor: String) -> Bool
    /// The units that a unit has become since its end; itself while it exists.
    func heirs(of unit: String) -> [String]
    /// The units that have become a unit, itself included; none when others have followed it.
    func forerunners(of unit: String) -> [String]
    /// The region that a unit serves; nil for an unknown unit.
    func region(of unit: String) -> String?
}

extension UnitTree {
    /// In a tree without ends every unit stays itself.
    public func heirs(of unit: String) -> [String] { [unit] }
    /// In a tree without ends no other unit has become it.
    public func forerunners(of unit: String) -> [String] { [unit] }
}

/// A tree without units, in which nothing lies below anything.
public struct EmptyUnitTree: UnitTree {
    /// Makes the tree.
    public init() {}
    /// A unit still is itself.
    public func isUnit(_ unit: String, within ancestor: String) -> Bool { unit == ancestor }
    /// Unknown.
    public func region(of unit: String) -> String? { nil }
}
