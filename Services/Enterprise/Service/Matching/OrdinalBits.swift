/// A set of ordinals as plain bits, for scans over columns of values: word by word, without a search for any member
/// (ENT-13).
struct OrdinalBits: Sendable {
    /// Bit `i` of word `j` stands for ordinal `64 j + i`.
    private(set) var words: ContiguousArray<UInt64>

    /// The empty set.
    init() { words = [] }

    /// The set that some words describe.
    init(words: ContiguousArray<UInt64>) { self.words = words }

    /// Whether an ordinal is a member.
    func contains(_ ordinal: UInt32) -> Bool {
        let word = Int(ordinal >> 6)
        return word < words.count && words[word] >> UInt64(ordinal & 63) & 1 == 1
    }

    /// Adds a member.
    mutating func insert(_ ordinal: UInt32) {
        let word = Int(ordinal >> 6)
        if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
        words[word] |= 1 << UInt64(ordinal & 63)
    }

    /// Removes a member, if it is one.
    mutating func remove(_ ordinal: UInt32) {
        let word = Int(ordinal >> 6)
        if word < words.count { words[word] &= ~(1 << UInt64(ordinal & 63)) }
    }

    /// Calls the body with every member in ascending order.
    func forEach(_ body: (UInt32) -> Void) {
        for (number, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(UInt32(number << 6 | rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
    }
}

extension Bitmap {
    /// Words of a container of the portable form: 65,536 ordinals.
    private static let containerWords = 1_024
    /// A container of the portable form with more members than this holds bits, with as many or fewer a list.
    private static let listLimit = 4_096

    /// The set of some bits.
    ///
    /// It goes through the portable form, which is defined to the byte: the library has no other way to take bits, and
    /// adding members one by one costs fifty times as much.
    init(_ bits: OrdinalBits) {
        let words = bits.words
        let blocks = stride(from: 0, to: words.count, by: Self.containerWords).map { start in
            let part = start..<min(start + Self.containerWords, words.count)
            return (part, members: words[part].reduce(0) { $0 + $1.nonzeroBitCount })
        }.filter { $0.members > 0 }
        let sizes = blocks.map { $0.members > Self.listLimit ? Self.containerWords * 8 : $0.members * 2 }
        let headerSize = 8 + 8 * blocks.count
        let size = headerSize + sizes.reduce(0, +)
        let serialised = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            // At least the header is there, so that there is an address.
            guard let base = buffer.baseAddress else { return }
            let raw = UnsafeMutableRawPointer(base)
            func store<Number: FixedWidthInteger>(_ number: Number, at place: Int) {
                raw.storeBytes(of: number.littleEndian, toByteOffset: place, as: Number.self)
            }
            store(UInt32(12_346), at: 0)
            store(UInt32(blocks.count), at: 4)
            var place = headerSize
            for (number, (part, members)) in blocks.enumerated() {
                store(UInt16(part.lowerBound / Self.containerWords), at: 8 + 4 * number)
                store(UInt16(members - 1), at: 8 + 4 * number + 2)
                store(UInt32(place), at: 8 + 4 * blocks.count + 4 * number)
                if members > Self.listLimit {
                    for index in 0..<Self.containerWords {
                        let word = part.lowerBound + index
                        store(word < words.count ? words[word] : 0, at: place + 8 * index)
                    }
                    place += Self.containerWords * 8
                } else {
                    for index in part {
                        var rest = words[index]
                        while rest != 0 {
                            store(UInt16((index - part.lowerBound) << 6 | rest.trailingZeroBitCount), at: place)
                            place += 2
                            rest &= rest - 1
                        }
                    }
                }
            }
            count = size
        }
        guard let bitmap = Bitmap(serialised: serialised) else {
            preconditionFailure("the library reads its own portable form")
        }
        self = bitmap
    }
}
