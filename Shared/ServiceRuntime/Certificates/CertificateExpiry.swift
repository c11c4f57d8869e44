import CoreMetrics
import Foundation
import Logging
import SwiftASN1
import X509

/// Tells how long the configured certificates last: a gauge for each file, and log lines when little is left (XCT-11).
struct CertificateExpiry: Sendable {
    /// A certificate file and the setting that names it.
    struct File: Sendable, Hashable {
        let setting: String
        let path: String
    }

    private static let interval = Duration.seconds(60)
    private static let notice: TimeInterval = 14 * 86_400
    /// Measurements between two log lines about the same state: about a day.
    private static let measurementsPerLine = 1_440

    let files: [File]
    let metrics: any MetricsFactory
    let logger: Logger

    /// Measures until the task is cancelled.
    func run() async throws {
        var round = 0
        while true {
            measure(at: Date(), isLogging: round % Self.measurementsPerLine == 0)
            round += 1
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Reads the files and sets the gauges to the seconds left, negative once a certificate has run out.
    func measure(at now: Date, isLogging: Bool) {
        for file in files {
            let left: TimeInterval
            do {
                left = try Self.earliestEnd(file.path).timeIntervalSince(now)
            } catch {
                if isLogging {
                    logger.error(
                        "a certificate cannot be read",
                        metadata: ["setting": "\(file.setting)", "path": "\(file.path)", "error": "\(error)"])
                }
                continue
            }
            metrics.makeMeter(label: MetricName.certificateExpiry, dimensions: [("setting", file.setting)])
                .set(left.rounded())
            guard isLogging, left < Self.notice else { continue }
            logger.log(
                level: left < 0 ? .error : .warning,
                left < 0 ? "a certificate has run out" : "a certificate runs out soon",
                metadata: [
                    "setting": "\(file.setting)", "path": "\(file.path)", "days_left": "\(Int(left / 86_400))",
                ])
        }
    }

    /// The end of validity of the certificate in a file that ends first; a chain is as good as its weakest part.
    static func earliestEnd(_ path: String) throws -> Date {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let ends = try PEMDocument.parseMultiple(pemString: text)
            .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
            .map { try Certificate(pemDocument: $0).notValidAfter }
        guard let first = ends.min() else { throw CocoaError(.fileReadCorruptFile) }
        return first
    }
}

extension ServiceConfiguration {
    /// Every certificate file in force, by the setting that names it.
    var certificateFiles: [CertificateExpiry.File] {
        let found: [(String, String?)] = [
            ("tls.certificate", tls.server?.certificate), ("tls.client.ca", tls.clientAuthorities),
            ("tls.peer.ca", tls.peerAuthorities), ("kafka.tls.ca", kafka.tls?.caFile),
            ("kafka.tls.certificate", kafka.tls?.certificateFile),
            ("database.url sslcert", database.tls.certificate),
            ("database.url sslrootcert", database.tls.rootCertificate),
        ]
        return found.compactMap { setting, path in path.map { CertificateExpiry.File(setting: setting, path: $0) } }
    }
}
