/// The enterprises to which a policy point speaks, as notification follows them: one generation at a time (NTF-5).
public struct Audience: Hashable, Sendable {
    /// A complete generation.
    public struct Generation: Hashable, Sendable {
        /// Its number, from 1; later ones replace earlier ones.
        public let number: Int64
        /// Version of the point for which it was matched, from 1.
        public let revision: Int32
        /// Members when it was closed.
        public let members: Int64
        /// Title of the point.
        public let title: String

        /// A generation from its parts.
        public init(number: Int64, revision: Int32, members: Int64, title: String) {
            self.number = number
            self.revision = revision
            self.members = members
            self.title = title
        }
    }

    /// Where an audience stands.
    public enum State: Hashable, Sendable {
        /// No generation is complete yet.
        case gathering
        /// A generation can be seen.
        case current(Generation)
        /// The point is no longer in force; generations up to the number are past.
        case dissolved(through: Int64)
    }

    /// What a sender says of a generation, or what is found of it.
    public struct Tally: Hashable, Sendable {
        /// Number of chunks, numbered from 0 without a gap.
        public let chunks: Int
        /// Members over all chunks.
        public let members: Int64
        /// SHA-256 over the ascending ordinals.
        public let digest: [UInt8]

        /// A tally from its parts.
        public init(chunks: Int, members: Int64, digest: [UInt8]) {
            self.chunks = chunks
            self.members = members
            self.digest = digest
        }
    }

    /// What becomes of a message about a generation.
    public enum Relevance: Hashable, Sendable {
        /// The generation is past, or complete: a repetition.
        case past
        /// It is the generation that is seen now.
        case current
        /// It is yet to be completed.
        case coming
    }

    /// Identifier of the point.
    public let pointID: String
    /// Where the audience stands.
    public private(set) var state: State

    /// An audience as it was stored, or a new one.
    public init(pointID: String, state: State = .gathering) {
        self.pointID = pointID
        self.state = state
    }

    /// How a generation relates to the one that is seen.
    public func relevance(of generation: Int64) -> Relevance {
        switch state {
        case .gathering: .coming
        case .current(let current):
            generation == current.number ? .current : generation < current.number ? .past : .coming
        case .dissolved(let through): generation <= through ? .past : .coming
        }
    }

    /// Makes a generation the one that is seen, when what is found agrees with what was stated.
    ///
    /// - Returns: false when the generation is past or complete already, so that nothing changes.
    /// - Throws: ``AudienceError`` naming the first disagreement; the state stays.
    public mutating func close(
        _ generation: Generation, stated: Tally, found: Tally
    ) throws(AudienceError) -> Bool {
        guard generation.number >= 1 else { throw .outOfRange("generation") }
        guard generation.revision >= 1 else { throw .outOfRange("revision") }
        switch relevance(of: generation.number) {
        case .past, .current: return false
        case .coming: break
        }
        guard stated.chunks == found.chunks else {
            throw .chunksMissing(stated: stated.chunks, found: found.chunks)
        }
        guard stated.members == found.members else {
            throw .membersDiffer(stated: stated.members, found: found.members)
        }
        guard stated.digest == found.digest else { throw .digestDiffers }
        state = .current(generation)
        return true
    }

    /// Ends the audience up to a generation.
    ///
    /// - Returns: false when a later generation is seen already, or the audience has ended.
    public mutating func dissolve(through generation: Int64) throws(AudienceError) -> Bool {
        guard generation >= 1 else { throw .outOfRange("generation") }
        switch relevance(of: generation) {
        case .past: return false
        case .current, .coming:
            state = .dissolved(through: generation)
            return true
        }
    }
}
