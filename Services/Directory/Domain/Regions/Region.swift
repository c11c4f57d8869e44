import Domain

/// A region of the national division codes (DIR-1). The region above follows from the code.
public struct Region: Hashable, Sendable {
    /// Code; nine digits for towns, else six.
    public let code: RegionCode
    /// Chinese name, 1 to 64 characters.
    public let name: String
    /// Grows by one with every change; 1 at creation.
    public let version: Int64

    /// A region by code and name.
    ///
    /// - Throws: ``FieldProblem`` when the name is empty or too long.
    public init(code: RegionCode, name: String, version: Int64 = 1) throws(FieldProblem) {
        guard (1...64).contains(name.unicodeScalars.count) else {
            throw FieldProblem("region.name", "must have 1 to 64 characters")
        }
        self.code = code
        self.name = name
        self.version = version
    }

    /// Codes that lie within a region, itself included, as numbers of nine digits.
    public static func numbers(within code: RegionCode) -> ClosedRange<Int64> {
        let first = number(of: code)
        let count: Int64 =
            switch code.level {
            case .province: 10_000_000
            case .city: 100_000
            case .county: 1000
            case .town: 1
            }
        return first...(first + count - 1)
    }

    /// The code as a number of nine digits, by which regions lie behind the one that contains them.
    public static func number(of code: RegionCode) -> Int64 {
        let digits = code.description
        // The code's own type admits digits only.
        return (Int64(digits) ?? 0) * (digits.utf8.count == 6 ? 1000 : 1)
    }
}
