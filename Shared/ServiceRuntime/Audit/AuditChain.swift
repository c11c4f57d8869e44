import Crypto
import Postgres

/// The arithmetic of the audit's chain (rule 20): head = SHA-256(previous head ‖ header ‖ LF ‖ entry ‖ LF ‖ entry …).
public enum AuditChain {
    /// What stands for the head before the first batch: 32 zero bytes.
    public static let start = [UInt8](repeating: 0, count: 32)

    /// The head after a batch.
    public static func head(after previous: [UInt8], header: [UInt8], entries: [[UInt8]]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: previous)
        for line in [header] + entries {
            hash.update(data: line)
            hash.update(data: [UInt8(ascii: "\n")])
        }
        return Array(hash.finalize())
    }
}

/// A batch of the chain as it is found somewhere; whether it is right is another question.
public struct SealedBatch: Sendable, Hashable {
    /// Service whose chain it is.
    public let service: String
    /// Number in the chain, from 1.
    public let number: Int64
    /// Place of the first entry.
    public let firstPlace: Int64
    /// Place of the last entry.
    public let lastPlace: Int64
    /// Head that it says it follows.
    public let previousHead: [UInt8]
    /// Head that it says it leads to.
    public let head: [UInt8]
    /// First hashed line.
    public let header: [UInt8]
    /// The entries' lines in the order of places.
    public let entries: [[UInt8]]

    /// A batch from its parts.
    public init(
        service: String, number: Int64, firstPlace: Int64, lastPlace: Int64, previousHead: [UInt8], head: [UInt8],
        header: [UInt8], entries: [[UInt8]]
    ) {
        self.service = service
        self.number = number
        self.firstPlace = firstPlace
        self.lastPlace = lastPlace
        self.previousHead = previousHead
        self.head = head
        self.header = header
        self.entries = entries
    }
}

/// The end of a chain at some time, as it is kept outside of the system.
public struct AuditHead: Sendable, Hashable {
    /// Service whose chain it is.
    public let service: String
    /// Number of the last batch.
    public let batch: Int64
    /// Place of its last entry.
    public let lastPlace: Int64
    /// Head after it.
    public let head: [UInt8]
    /// When it was sealed, ISO 8601.
    public let sealedAt: String

    /// A head from its parts.
    public init(service: String, batch: Int64, lastPlace: Int64, head: [UInt8], sealedAt: String) {
        self.service = service
        self.batch = batch
        self.lastPlace = lastPlace
        self.head = head
        self.sealedAt = sealedAt
    }
}

/// A broken link: which chain, where, and what is wrong.
public struct AuditFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Service whose chain it is.
    public let service: String
    /// Batch, where it can be told.
    public let batch: Int64?
    /// Place of the entry, where it can be told.
    public let place: Int64?
    /// What is wrong, in words.
    public let what: String

    /// A broken link.
    public init(service: String, batch: Int64? = nil, place: Int64? = nil, _ what: String) {
        self.service = service
        self.batch = batch
        self.place = place
        self.what = what
    }

    /// One line for people.
    public var description: String {
        [service, batch.map { "batch \($0)" }, place.map { "place \($0)" }].compactMap { $0 }.joined(separator: ", ")
            + ": " + what
    }
}

/// Follows a chain from its first batch on and stops at the first link that does not hold.
public struct AuditChainCheck: Sendable {
    /// Service whose chain it is.
    public let service: String
    /// Number of the last batch that held; 0 at the beginning.
    public private(set) var batch: Int64
    /// Place of its last entry.
    public private(set) var place: Int64
    /// Head after it.
    public private(set) var head: [UInt8]
    private let expected: [Int64: [UInt8]]

    /// A check from the beginning, against heads that were exported earlier.
    public init(service: String, heads: [AuditHead] = []) {
        self.init(service: service, batch: 0, place: 0, head: AuditChain.start, heads: heads)
    }

    /// A check that goes on where a chain was left.
    public init(service: String, batch: Int64, place: Int64, head: [UInt8], heads: [AuditHead] = []) {
        self.service = service
        self.batch = batch
        self.place = place
        self.head = head
        expected = Dictionary(
            heads.filter { $0.service == service }.map { ($0.batch, $0.head) }, uniquingKeysWith: { first, _ in first })
    }

    /// Takes the next batch.
    public mutating func take(_ next: SealedBatch) throws(AuditFault) {
        try checkForm(next)
        try checkHead(next)
    }

    /// Whether numbers, places and texts of a batch are those that must come next; the hash is not looked at.
    public func checkForm(_ next: SealedBatch) throws(AuditFault) {
        guard next.service == service else { throw fault(next, "is a batch of the service \(next.service)") }
        guard next.number == batch + 1 else {
            throw AuditFault(
                service: service, batch: batch + 1,
                next.number > batch + 1
                    ? "is missing: batch \(next.number) comes after batch \(batch)"
                    : "comes again as number \(next.number)")
        }
        guard next.firstPlace == place + 1, next.lastPlace >= next.firstPlace else {
            throw fault(
                next, "has the places \(next.firstPlace) to \(next.lastPlace), but \(place + 1) comes next")
        }
        do {
            let header = try AuditHeader(line: next.header)
            guard header.format == AuditHeader.format else { throw fault(next, "has the format \(header.format)") }
            guard header.service == service, header.batch == next.number, header.first == next.firstPlace,
                header.last == next.lastPlace
            else { throw fault(next, "states other numbers in its header than beside it") }
        } catch let error as AuditFault {
            throw error
        } catch {
            throw fault(next, "has a header that cannot be read")
        }
        for (offset, line) in next.entries.enumerated() {
            let wanted = next.firstPlace + Int64(offset)
            let stated: Int64
            do {
                stated = try AuditEntry(line: line).place
            } catch {
                throw fault(next, place: wanted, "the entry cannot be read")
            }
            guard stated == wanted else {
                throw fault(next, place: wanted, "the entry of place \(stated) stands here")
            }
        }
        guard Int64(next.entries.count) == next.lastPlace - next.firstPlace + 1 else {
            throw fault(
                next, place: next.firstPlace + Int64(next.entries.count),
                "has \(next.entries.count) entries where its places are \(next.firstPlace) to \(next.lastPlace)")
        }
    }

    /// Whether the hash of a batch of right form follows, and is the one that was exported; goes on to it then.
    public mutating func checkHead(_ next: SealedBatch) throws(AuditFault) {
        guard next.previousHead == head else {
            throw fault(next, "does not follow batch \(batch): the previous head is another one")
        }
        guard AuditChain.head(after: head, header: next.header, entries: next.entries) == next.head else {
            throw fault(next, "the head does not follow from the bytes: the header or an entry was changed")
        }
        if let exported = expected[next.number], exported != next.head {
            throw fault(next, "the head is not the one that was exported: the chain was written anew up to here")
        }
        batch = next.number
        place = next.lastPlace
        head = next.head
    }

    /// Whether everything is there whose head was exported.
    public func checkEnd() throws(AuditFault) {
        guard let missing = expected.keys.filter({ $0 > batch }).max() else { return }
        throw AuditFault(
            service: service, batch: batch + 1, place: place + 1,
            "the chain ends before it, but the head of batch \(missing) was exported: its end was cut off")
    }

    private func fault(_ batch: SealedBatch, place: Int64? = nil, _ what: String) -> AuditFault {
        AuditFault(service: service, batch: batch.number, place: place, what)
    }
}
