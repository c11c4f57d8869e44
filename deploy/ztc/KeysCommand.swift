import ArgumentParser
import Crypto
import DirectoryContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime

/// Shows and replaces the keys that sign access tokens.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Lists or replaces the keys that sign access tokens (DIR-6).",
        subcommands: [List.self, Rotate.self], defaultSubcommand: List.self)

    /// Shows the key set in force and whether the root key signed it.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Shows the signing keys that are accepted, newest first.")

        func run() async throws {
            let stack = Stack()
            try PublishedKeys(try await PublishedKeys.fetch(stack), stack).show(at: .now)
        }
    }

    /// Makes a new signing key and waits until the directory signs by it.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate", abstract: "Replaces the signing key; no call fails and nobody has to log in again.",
            discussion: """
                The new key signs a few seconds later, when every service has its public part. Tokens of the key before \
                are accepted until they run out, about eleven minutes. Events have to reach the services meanwhile: \
                look at ztc status first.
                """)

        @Option(help: "Login name of an account that may rotate keys, among those of this installation.")
        var login = "administrator"

        @Option(help: "File with an access token, instead of a login.")
        var tokenFile: String?

        func run() async throws {
            let stack = Stack()
            let bearer: Bearer
            if let tokenFile {
                let token = try String(contentsOfFile: tokenFile, encoding: .utf8)
                bearer = Bearer(token: token.trimmingCharacters(in: .whitespacesAndNewlines))
            } else {
                bearer = try await Accounts(stack).bearer(login)
            }
            let id = try await withConnection(to: "directory", of: stack) { client in
                try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client).rotateSigningKey(
                    request: bearer.request(.with { $0.requestID = UUIDv7.make() }), options: .ordinary
                ).keyID
            }
            print("new key: \(id)")
            try PublishedKeys(try await PublishedKeys.fetch(stack), stack).show(at: .now)
        }
    }
}

/// The key set as the directory gives it to anybody.
private struct PublishedKeys {
    private let keys: Zhitongche_Directory_V1_KeySet
    private let rootKeyID: String
    /// Nil where this machine does not know the root key.
    private let isSigned: Bool?

    static func fetch(_ stack: Stack) async throws -> Zhitongche_Directory_V1_SignedKeySet {
        try await withConnection(to: "directory", of: stack) { client in
            try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
                .getKeySet(request: Bearer.nobody.request(.init()), options: .ordinary).keySet
        }
    }

    init(_ signed: Zhitongche_Directory_V1_SignedKeySet, _ stack: Stack) throws {
        keys = try Zhitongche_Directory_V1_KeySet(serializedBytes: signed.keySet)
        rootKeyID = signed.rootKeyID
        let file = stack.secretsFolder.appending(path: "root.public.key").path
        let text =
            stack.optional("ZTC_ROOT_PUBLIC_KEY")
            ?? FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
        isSigned = try text.flatMap { Data(base64Encoded: $0.trimmingCharacters(in: .whitespacesAndNewlines)) }.map {
            try Curve25519.Signing.PublicKey(rawRepresentation: $0)
                .isValidSignature(signed.signature, for: signed.keySet)
        }
    }

    /// - Throws: ``Refusal`` when the root key that is known here did not sign the set.
    func show(at now: Instant) throws {
        let word =
            switch isSigned {
            case true?: "signed by the root key"
            case false?: "NOT signed by the root key known here"
            case nil: "ZTC_ROOT_PUBLIC_KEY is not set, so the signature was not checked"
            }
        print("key set \(keys.serial), root key \(rootKeyID): \(word)")
        Console.table(
            ["key", "made", "accepted until"],
            keys.keys.map { key in
                [
                    key.keyID, Instant(key.notBefore).description,
                    key.hasNotAfter ? Instant(key.notAfter).description : "it is replaced",
                ]
            })
        guard isSigned != false else { throw Refusal("the key set is not to be trusted") }
    }
}
