import Foundation
import NotificationDomain
import Synchronization

/// Decoded chunks that were looked into lately. Chunks of closed generations and addressees never change, so an entry
/// can be old but not wrong.
final class ChunkCache: Sendable {
    /// Names a chunk.
    enum Key: Hashable, Sendable {
        case audience(point: UUID, generation: Int64, chunk: Int32)
        case addressees(notice: UUID, chunk: Int32)
    }

    private struct State {
        var entries: [Key: (members: AudienceMembers, usedAt: UInt64)] = [:]
        var clock: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// A cache of at most `limit` chunks, each of at most about 100 KiB.
    init(limit: Int = 512) { self.limit = limit }

    /// The chunks of the keys that are here.
    func find(_ keys: some Sequence<Key>) -> [Key: AudienceMembers] {
        state.withLock { state in
            state.clock += 1
            var found: [Key: AudienceMembers] = [:]
            for key in keys {
                guard let entry = state.entries[key] else { continue }
                found[key] = entry.members
                state.entries[key]?.usedAt = state.clock
            }
            return found
        }
    }

    /// Keeps chunks; when there are too many, those that were not used for the longest time go.
    func keep(_ chunks: [Key: AudienceMembers]) {
        state.withLock { state in
            state.clock += 1
            for (key, members) in chunks { state.entries[key] = (members, state.clock) }
            guard state.entries.count > limit else { return }
            let oldest = state.entries.sorted { $0.value.usedAt < $1.value.usedAt }
            for (key, _) in oldest.prefix(state.entries.count - limit / 2) { state.entries[key] = nil }
        }
    }

    /// Number of chunks held.
    var count: Int { state.withLock { $0.entries.count } }
}
