import CRoaring

/// A set of ordinals, compressed (ENT-13).
///
/// A value type: copies share their storage until one of them is changed. The C library's type does not leave this file.
struct Bitmap: Sendable {
    /// Owner of one C bitmap.
    ///
    /// `@unchecked Sendable` is safe because the bitmap is changed only through `Bitmap.mutate`, which first makes sure
    /// that no one else holds the storage; shared storage is only read, and the library's reads change nothing.
    private final class Storage: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<roaring_bitmap_t>

        init(owning pointer: UnsafeMutablePointer<roaring_bitmap_t>?) {
            // The library answers with no bitmap only when memory is exhausted.
            guard let pointer else { preconditionFailure("no memory for a bitmap") }
            self.pointer = pointer
        }

        deinit { roaring_bitmap_free(pointer) }
    }

    private var storage: Storage

    private init(owning pointer: UnsafeMutablePointer<roaring_bitmap_t>?) {
        storage = Storage(owning: pointer)
    }

    /// The empty set.
    init() { self.init(owning: roaring_bitmap_create()) }

    /// The set of some ordinals.
    init(_ ordinals: some Sequence<UInt32>) {
        self.init()
        add(Array(ordinals))
    }

    /// Reads the portable form; nil when the bytes are not one.
    init?(serialised bytes: [UInt8]) {
        let pointer = bytes.withUnsafeBytes { raw in
            roaring_bitmap_portable_deserialize_safe(raw.bindMemory(to: CChar.self).baseAddress, raw.count)
        }
        guard let pointer else { return nil }
        self.init(owning: pointer)
    }

    /// The portable form, which every implementation of the format reads.
    var serialised: [UInt8] {
        let size = roaring_bitmap_portable_size_in_bytes(storage.pointer)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { characters in
                roaring_bitmap_portable_serialize(storage.pointer, characters.baseAddress)
            }
        }
    }

    /// Number of members.
    var count: Int { Int(roaring_bitmap_get_cardinality(storage.pointer)) }

    /// Whether there is no member.
    var isEmpty: Bool { roaring_bitmap_is_empty(storage.pointer) }

    /// Whether an ordinal is a member.
    func contains(_ ordinal: UInt32) -> Bool { roaring_bitmap_contains(storage.pointer, ordinal) }

    /// All members in ascending order.
    var ordinals: [UInt32] {
        let size = count
        return [UInt32](unsafeUninitializedCapacity: size) { buffer, initialised in
            if size > 0 { roaring_bitmap_to_uint32_array(storage.pointer, buffer.baseAddress) }
            initialised = size
        }
    }

    /// Up to `limit` members above an ordinal, ascending; from the least one for nil.
    func ordinals(after ordinal: UInt32?, limit: Int) -> [UInt32] {
        let skipped = ordinal.map { Int(roaring_bitmap_rank(storage.pointer, $0)) } ?? 0
        let size = max(0, min(limit, count - skipped))
        return [UInt32](unsafeUninitializedCapacity: size) { buffer, initialised in
            if size > 0 { roaring_bitmap_range_uint32_array(storage.pointer, skipped, size, buffer.baseAddress) }
            initialised = size
        }
    }

    private mutating func mutate() -> UnsafeMutablePointer<roaring_bitmap_t> {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(owning: roaring_bitmap_copy(storage.pointer)) }
        return storage.pointer
    }

    /// Adds a member.
    mutating func insert(_ ordinal: UInt32) { roaring_bitmap_add(mutate(), ordinal) }

    /// Adds members.
    mutating func add(_ ordinals: [UInt32]) {
        if !ordinals.isEmpty { roaring_bitmap_add_many(mutate(), ordinals.count, ordinals) }
    }

    /// Removes a member, if it is one.
    mutating func remove(_ ordinal: UInt32) {
        if contains(ordinal) { roaring_bitmap_remove(mutate(), ordinal) }
    }

    /// Adds all members of another set.
    mutating func formUnion(_ other: Bitmap) { roaring_bitmap_or_inplace(mutate(), other.storage.pointer) }

    /// Members of both.
    static func & (left: Bitmap, right: Bitmap) -> Bitmap {
        Bitmap(owning: roaring_bitmap_and(left.storage.pointer, right.storage.pointer))
    }

    /// Members of either.
    static func | (left: Bitmap, right: Bitmap) -> Bitmap {
        Bitmap(owning: roaring_bitmap_or(left.storage.pointer, right.storage.pointer))
    }

    /// Members of the left that are not members of the right.
    static func - (left: Bitmap, right: Bitmap) -> Bitmap {
        Bitmap(owning: roaring_bitmap_andnot(left.storage.pointer, right.storage.pointer))
    }

    /// Number of members of both, without making their set.
    func countOfCommon(_ other: Bitmap) -> Int {
        Int(roaring_bitmap_and_cardinality(storage.pointer, other.storage.pointer))
    }

    /// The members that are in at least `count` of the sets; all of `universe` for a count of 0 or below.
    static func inAtLeast(_ count: Int, of sets: [Bitmap], universe: Bitmap) -> Bitmap {
        if count <= 0 { return universe }
        if count > sets.count { return Bitmap() }
        // reached[n]: the members of at least n + 1 of the sets seen so far.
        var reached = [Bitmap](repeating: Bitmap(), count: count)
        for set in sets {
            for level in stride(from: count - 1, through: 1, by: -1) {
                reached[level].formUnion(reached[level - 1] & set)
            }
            reached[0].formUnion(set)
        }
        return reached[count - 1]
    }

    /// The blocks of 65,536 ordinals that hold members, each with its members.
    var blocks: [(number: Int32, members: Bitmap)] {
        var result: [(Int32, Bitmap)] = []
        var rest = ordinals[...]
        while let first = rest.first {
            let number = first >> 16
            let end = rest.firstIndex { $0 >> 16 != number } ?? rest.endIndex
            result.append((Int32(number), Bitmap(rest[..<end])))
            rest = rest[end...]
        }
        return result
    }
}

extension Bitmap: Equatable {
    static func == (left: Bitmap, right: Bitmap) -> Bool {
        roaring_bitmap_equals(left.storage.pointer, right.storage.pointer)
    }
}
