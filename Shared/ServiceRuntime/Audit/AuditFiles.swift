import Foundation

/// Heads in a file that is kept outside of the system: a first line, then one line for each head of a service with its
/// batch, last place, head in hexadecimal digits and time of sealing. Files may be joined by appending lines.
public enum AuditHeadsFile {
    private static let firstLine = "ztc-audit-heads-1"

    /// The text of a file.
    public static func text(of heads: [AuditHead]) -> String {
        let lines = heads.sorted { ($0.service, $0.batch) < ($1.service, $1.batch) }.map { head in
            "\(head.service) \(head.batch) \(head.lastPlace) \(AuditText.hexadecimal(head.head)) \(head.sealedAt)"
        }
        return ([firstLine] + lines).joined(separator: "\n") + "\n"
    }

    /// Reads a file.
    ///
    /// - Throws: ``AuditFileError`` naming the line that is none.
    public static func heads(in text: String) throws(AuditFileError) -> [AuditHead] {
        var heads: [AuditHead] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line == firstLine { continue }
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 5, let batch = Int64(words[1]), let place = Int64(words[2]),
                let head = AuditText.bytes(hexadecimal: words[3]), head.count == 32
            else { throw AuditFileError(line: index + 1, what: "is no head: service, batch, place, head, time") }
            heads.append(
                AuditHead(service: words[0], batch: batch, lastPlace: place, head: head, sealedAt: words[4]))
        }
        return heads
    }
}

/// A chain in a file: the exact lines that were hashed, batch by batch, each batch closed by `head <hexadecimal>`.
///
/// SHA-256 over the 32 bytes of the previous head and the batch's lines with their line breaks gives the next head, so
/// that the chain can be followed with common tools.
public enum AuditExport {
    /// The lines of one batch.
    public static func bytes(of batch: SealedBatch) -> Data {
        var data = Data()
        for line in [batch.header] + batch.entries {
            data.append(contentsOf: line)
            data.append(UInt8(ascii: "\n"))
        }
        data.append(contentsOf: Array("head \(AuditText.hexadecimal(batch.head))\n".utf8))
        return data
    }

    /// Follows the chain in a file against heads that were exported earlier.
    ///
    /// - Parameter service: whose chain it should be; nil for the one that the file's first line names.
    public static func check(_ data: Data, service: String? = nil, heads: [AuditHead] = []) -> AuditReport {
        var reader = Reader(data: data)
        let first: AuditHeader?
        do { first = try reader.peekedHeader() } catch { first = nil }
        let name = service ?? first?.service ?? ""
        var check = AuditChainCheck(service: name, heads: heads)
        var sealedAt = ""
        var fault: AuditFault?
        do throws(AuditFault) {
            while let batch = try reader.next(of: name, after: check) {
                try check.take(batch.sealed)
                sealedAt = batch.sealedAt
            }
            try check.checkEnd()
        } catch {
            fault = error
        }
        let head = AuditHead(
            service: name, batch: check.batch, lastPlace: check.place, head: check.head, sealedAt: sealedAt)
        return AuditReport(
            service: name, place: "the exported file", batches: check.batch, entries: check.place,
            head: check.batch == 0 ? nil : head, fault: fault)
    }

    private struct Reader {
        private let data: Data
        private var offset: Data.Index

        init(data: Data) {
            self.data = data
            offset = data.startIndex
        }

        /// The next line without its break; nil at the end. A last line without a break counts as cut off.
        mutating func line() -> [UInt8]? {
            guard offset < data.endIndex, let end = data[offset...].firstIndex(of: UInt8(ascii: "\n")) else {
                return nil
            }
            defer { offset = data.index(after: end) }
            return Array(data[offset..<end])
        }

        func peekedHeader() throws -> AuditHeader? {
            var copy = self
            return try copy.line().map { try AuditHeader(line: $0) }
        }

        mutating func next(of service: String, after check: AuditChainCheck) throws(AuditFault) -> (
            sealed: SealedBatch, sealedAt: String
        )? {
            guard offset < data.endIndex else { return nil }
            func fault(_ what: String) -> AuditFault {
                AuditFault(service: service, batch: check.batch + 1, place: check.place + 1, what)
            }
            guard let headerLine = line() else { throw fault("the file ends within a line") }
            let header: AuditHeader
            do { header = try AuditHeader(line: headerLine) } catch {
                throw fault("a header should stand here and does not")
            }
            var entries: [[UInt8]] = []
            while let line = line() {
                guard line.starts(with: Array("head ".utf8)) else {
                    entries.append(line)
                    continue
                }
                guard let head = AuditText.bytes(hexadecimal: String(decoding: line.dropFirst(5), as: UTF8.self)) else {
                    throw fault("the head of the batch is none")
                }
                // A file states no previous heads: the one that was computed so far is what comes before.
                return (
                    SealedBatch(
                        service: header.service, number: header.batch, firstPlace: header.first,
                        lastPlace: header.last, previousHead: check.head, head: head, header: headerLine,
                        entries: entries), header.sealedAt
                )
            }
            throw fault("the file ends within the batch: its end was cut off")
        }
    }
}

/// A file that is not what it should be.
public struct AuditFileError: Error, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// What is wrong with it.
    public let what: String

    /// One line for people.
    public var description: String { "line \(line) \(what)" }
}
