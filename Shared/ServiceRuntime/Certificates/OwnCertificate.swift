import Logging
import NIOCertificateReloading
import ServiceLifecycle

/// The certificate with which a service answers calls and calls others; read again while the process runs (XCT-11).
///
/// New connections use the files as they are now, connections that stand keep what they began with. Files that cannot be
/// used, as in the middle of a replacement, leave the certificate before them in force.
struct OwnCertificate: Service {
    let reloader: TimedCertificateReloader

    /// Reads the files for the first time.
    ///
    /// - Throws: ``AssemblyError`` naming the setting, when certificate and key cannot be read or do not belong together.
    init(_ files: (certificate: String, key: String), every interval: Duration, logger: Logger) throws {
        do {
            reloader = try .makeReloaderValidatingSources(
                configuration: TimedCertificateReloader.Configuration(
                    refreshInterval: interval,
                    certificateSource: .init(location: .file(path: files.certificate), format: .pem),
                    privateKeySource: .init(location: .file(path: files.key), format: .pem)
                ) { configuration in
                    configuration.onCertificateLoaded = { change in
                        // The first reading has nothing before it, and the start is logged anyway.
                        guard change.previousX509CertificateChain != nil,
                            change.previousX509CertificateChain?.first != change.currentX509CertificateChain.first,
                            let certificate = change.currentX509CertificateChain.first
                        else { return }
                        logger.notice(
                            "a new certificate is in force",
                            metadata: [
                                "serial": "\(certificate.serialNumber)", "not_after": "\(certificate.notValidAfter)",
                            ])
                    }
                    configuration.onCertificateLoadFailed = { failure in
                        logger.error(
                            "the certificate's files cannot be used; the one before stays in force",
                            metadata: ["certificate": "\(files.certificate)", "error": "\(failure.error)"])
                    }
                })
        } catch {
            throw AssemblyError(problems: ["tls.certificate, tls.key: \(error)"])
        }
    }

    func run() async throws { try await reloader.run() }
}
