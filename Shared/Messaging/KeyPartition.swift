/// Which partition a key belongs to, as every Kafka client computes it (`murmur2_random`, keys being never empty).
///
/// The relay names the partition instead of leaving it to the producer: a broker that was made anew may for a moment
/// show a topic with another number of partitions, and one key's events in two partitions have no order any more.
public enum KeyPartition {
    /// The partition of a key among so many.
    public static func of(_ key: String, among partitions: Int) -> Int32 {
        Int32(Int(murmur2(Array(key.utf8)) & 0x7FFF_FFFF) % partitions)
    }

    /// MurmurHash2 in 32 bits with Kafka's seed.
    static func murmur2(_ data: [UInt8]) -> UInt32 {
        let factor: UInt32 = 0x5BD1_E995
        var hash: UInt32 = 0x9747_B28C ^ UInt32(truncatingIfNeeded: data.count)
        var index = 0
        while index + 4 <= data.count {
            var word = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[index + $1]) << UInt32(8 * $1) }
            word = word &* factor
            word ^= word >> 24
            hash = hash &* factor ^ word &* factor
            index += 4
        }
        if index < data.count {
            for place in (index..<data.count).reversed() { hash ^= UInt32(data[place]) << UInt32(8 * (place - index)) }
            hash = hash &* factor
        }
        hash ^= hash >> 13
        hash = hash &* factor
        return hash ^ hash >> 15
    }
}
