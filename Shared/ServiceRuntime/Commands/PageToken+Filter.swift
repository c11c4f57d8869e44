import Crypto

extension PageToken {
    /// The hash of a filter: every value that selects or orders the list, in a fixed order.
    public static func hash(of filter: [String]) -> [UInt8] {
        var hash = SHA256()
        for part in filter {
            hash.update(data: [UInt8](String(part.utf8.count).utf8) + [UInt8(ascii: ":")] + [UInt8](part.utf8))
        }
        return Array(hash.finalize().prefix(8))
    }
}
