import GRPCCore
import GRPCNIOTransportHTTP2
import X509

/// The service that a verified client certificate names (rule 18).
enum CertifiedService {
    /// The name of the service at the other end; nil without a client certificate, or when the certificate names no
    /// service or several.
    ///
    /// A certificate names a service by a DNS name in its subject alternative names that is exactly the service's name.
    /// The common name counts for nothing, since authorities do not check it.
    static func name(_ context: ServerContext) -> String? {
        guard let transport = context.transportSpecific as? HTTP2ServerTransport.Posix.Context,
            let certificate = transport.peerCertificate
        else { return nil }
        return name(in: certificate)
    }

    static func name(in certificate: Certificate) -> String? {
        // An extension that cannot be read names nobody; the handshake has verified the signature over it all the same.
        guard let names = try? certificate.extensions.subjectAlternativeNames else { return nil }
        let services = names.compactMap { name -> String? in
            guard case .dnsName(let text) = name, ConfigurationKeys.defaultPorts[text] != nil else { return nil }
            return text
        }
        return services.count == 1 ? services[0] : nil
    }
}

extension Caller {
    /// A service known by its certificate alone. It has no account, so the audit shows `service:<name>`.
    static func certified(_ service: String) -> Caller {
        Caller(accountID: "service:\(service)", kind: .service, serviceName: service)
    }
}
