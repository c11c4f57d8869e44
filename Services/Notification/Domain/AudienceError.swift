/// Why a message about an audience is refused (NTF-5).
public enum AudienceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A chunk has no members.
    case emptyChunk
    /// A chunk has more members than a chunk may have.
    case tooManyMembers(limit: Int)
    /// The ordinals do not ascend at a place.
    case notAscending(position: Int)
    /// An ordinal exceeds 32 bits at a place.
    case ordinalOverflow(position: Int)
    /// The number of estimates is neither none, one, nor one for each member.
    case estimateCount(expected: Int, found: Int)
    /// An estimate is below zero.
    case negativeEstimate(position: Int)
    /// An ordinal is in more than one chunk.
    case repeatedOrdinal(UInt32)
    /// The chunks received are not those stated.
    case chunksMissing(stated: Int, found: Int)
    /// The number of members is not the one stated.
    case membersDiffer(stated: Int64, found: Int64)
    /// The hash over the ordinals is not the one stated.
    case digestDiffers
    /// A number that starts at one, such as a generation, is below one.
    case outOfRange(String)
    /// Stored bytes are not what the codec writes.
    case damaged(String)

    /// One English line.
    public var description: String {
        switch self {
        case .emptyChunk: "a chunk has no members"
        case .tooManyMembers(let limit): "a chunk has more than \(limit) members"
        case .notAscending(let position): "ordinals do not ascend at place \(position)"
        case .ordinalOverflow(let position): "the ordinal at place \(position) exceeds 32 bits"
        case .estimateCount(let expected, let found): "\(found) estimates for \(expected) members"
        case .negativeEstimate(let position): "the estimate at place \(position) is negative"
        case .repeatedOrdinal(let ordinal): "ordinal \(ordinal) is in more than one chunk"
        case .chunksMissing(let stated, let found): "\(stated) chunks were stated, \(found) are here"
        case .membersDiffer(let stated, let found): "\(stated) members were stated, \(found) are here"
        case .digestDiffers: "the hash over the ordinals differs from the one stated"
        case .outOfRange(let what): "\(what) is out of range"
        case .damaged(let how): "stored members are damaged: \(how)"
        }
    }
}
