import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate authority of a test, and the folder in which its certificates lie.
public struct TestAuthority: Sendable {
    /// A certificate chain and its key as PEM files, readable by this user alone.
    public struct Files: Sendable, Hashable {
        /// Path of the certificate.
        public let certificate: String
        /// Path of the key.
        public let key: String
    }

    /// From when to when a certificate counts.
    public enum Validity: Sendable {
        /// An hour ago until tomorrow.
        case current
        /// Until an hour ago.
        case past

        fileprivate var period: (from: Date, to: Date) {
            switch self {
            case .current: (Date(timeIntervalSinceNow: -3_600), Date(timeIntervalSinceNow: 86_400))
            case .past: (Date(timeIntervalSinceNow: -86_400), Date(timeIntervalSinceNow: -3_600))
            }
        }
    }

    /// Path of the authority's own certificate.
    public let certificateFile: String
    /// Where all files are.
    public let folder: URL

    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName

    /// Makes an authority in a fresh folder, which the system's cleaning of temporary files removes.
    public init(_ name: String = "Test authority") throws {
        folder = URL(filePath: "/tmp/ztc-ca-\(UUID().uuidString.prefix(13).lowercased())")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        self.name = try DistinguishedName { CommonName(name) }
        let (from, to) = Validity.current.period
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: from, notValidAfter: to, issuer: self.name, subject: self.name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            }, issuerPrivateKey: .init(key))
        certificateFile = folder.appending(path: "authority.pem").path
        try Data(certificate.serializeAsPEM().pemString.utf8).write(to: URL(filePath: certificateFile))
    }

    /// Signs a certificate for servers and clients alike.
    ///
    /// - Parameters:
    ///   - names: DNS names; one that is an IPv4 address stands there as an address too.
    ///   - commonName: the subject; by default the first name.
    ///   - file: name of the files, without ending; files of the same name are replaced.
    public func issue(
        _ names: [String], commonName: String? = nil, validity: Validity = .current, file: String? = nil
    ) throws -> Files {
        let own = P256.Signing.PrivateKey()
        let (from, to) = validity.period
        let addresses = names.compactMap { name -> GeneralName? in
            let parts = name.split(separator: ".").compactMap { UInt8($0) }
            return parts.count == 4 ? .ipAddress(ASN1OctetString(contentBytes: parts[...])) : nil
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(own.publicKey),
            notValidBefore: from, notValidAfter: to, issuer: name,
            subject: try DistinguishedName { CommonName(commonName ?? names.first ?? "nobody") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth, .clientAuth])
                SubjectAlternativeNames(names.map { .dnsName($0) } + addresses)
            }, issuerPrivateKey: .init(key))
        let base = file ?? UUID().uuidString
        let files = Files(
            certificate: folder.appending(path: "\(base).pem").path, key: folder.appending(path: "\(base).key").path)
        try Data(own.pemRepresentation.utf8).write(to: URL(filePath: files.key), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: files.key)
        try Data(certificate.serializeAsPEM().pemString.utf8).write(
            to: URL(filePath: files.certificate), options: .atomic)
        return files
    }

    /// Removes all files.
    public func remove() throws { try FileManager.default.removeItem(at: folder) }
}
