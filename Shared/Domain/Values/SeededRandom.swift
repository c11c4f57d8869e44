/// A deterministic random number generator (xoshiro256**) with named streams derived from one seed.
///
/// The same seed and name give the same sequence on every platform and in every release, so a run can be repeated from
/// the one seed that it printed. Not for secrets.
public struct SeededRandom: RandomNumberGenerator, Hashable, Sendable {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    /// The generator's main stream for a seed.
    public init(seed: UInt64) {
        var expander = SplitMix64(state: seed)
        (a, b, c, d) = (expander.next(), expander.next(), expander.next(), expander.next())
    }

    /// The stream of a seed for one purpose; streams of different names are independent.
    public init(seed: UInt64, stream name: String) {
        // FNV-1a over the name, spread by SplitMix64, so that similar names give unrelated streams.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var spreader = SplitMix64(state: hash)
        self.init(seed: seed ^ spreader.next())
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let result = Self.rotate(b &* 5, 7) &* 9
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = Self.rotate(d, 45)
        return result
    }

    private static func rotate(_ value: UInt64, _ by: UInt64) -> UInt64 { (value << by) | (value >> (64 - by)) }
}

/// Expands one word of seed into well-mixed words.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
