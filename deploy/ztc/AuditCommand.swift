import ArgumentParser
import DirectoryContracts
import DirectoryService
import Foundation
import GRPCCore
import Postgres
import ServiceRuntime
import Synchronization

/// The audit's chain: keeping its heads, taking it out, checking it (DIR-8, RELIABILITY rule 20).
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Asks the audit, keeps the heads of its chains, exports and checks them.",
        subcommands: [
            AuditListCommand.self, AuditHeadsCommand.self, AuditExportCommand.self, AuditVerifyCommand.self,
        ])
}

/// Writes the newest heads, to be kept outside of the system.
struct AuditHeadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heads", abstract: "Writes the newest head of every service's chain.",
        discussion: """
            Keep the file where nobody who administers the database can change it. Against it `ztc audit verify \
            --heads` finds a chain that was written anew or whose end was cut off. Files may be joined.
            """)

    @Option(help: "The file; without it the heads are printed.")
    var out: String?

    @Flag(help: "Asks the directory's call, as the account with the role auditor, instead of the database.")
    var call = false

    func run() async throws {
        let stack = Stack()
        let heads = call ? try await Self.collected(stack) : try await Self.stored(stack)
        let text = AuditHeadsFile.text(of: heads)
        guard let out else {
            print(text, terminator: "")
            return
        }
        try Data(text.utf8).write(to: URL(filePath: out), options: .atomic)
        print("\(heads.count) heads in \(out)")
    }

    private static func stored(_ stack: Stack) async throws -> [AuditHead] {
        let database = try stack.auditorDatabase()
        var heads: [AuditHead] = []
        for service in Stack.services.map(\.name) {
            if let head = try await AuditHead.newest(of: service, in: database) { heads.append(head) }
        }
        return heads
    }

    private static func collected(_ stack: Stack) async throws -> [AuditHead] {
        let accounts = Accounts(stack)
        let bearer = try await accounts.bearer(accounts.entry(withRole: "auditor").login)
        let answer = try await withConnection(to: "directory", of: stack) { client in
            try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
                .getAuditHeads(request: bearer.request(.init()), options: .ordinary)
        }
        return answer.heads.map { head in
            AuditHead(
                service: head.service, batch: head.batch, lastPlace: head.lastPlace, head: Array(head.head),
                sealedAt: Instant(head.sealedAt).description)
        }
    }
}

/// Takes the chains out into plain files.
struct AuditExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the chain of every service to a file of the exact hashed lines.",
        discussion: "Check a file by `ztc audit verify --file` or, with nothing but Python, by deploy/audit/verify.py.")

    @Option(help: "The folder; it gets <service>.audit of every service.")
    var out: String

    @Option(help: "One service instead of all.")
    var service: String?

    func run() async throws {
        let stack = Stack()
        let database = try stack.auditorDatabase()
        let folder = URL(filePath: out, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // A broken chain ends its own file only: what is left of the others is evidence too.
        var faults: [String] = []
        for name in try Stack.audited(service) {
            let file = folder.appending(path: "\(name).audit")
            guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
                throw Refusal("\(file.path) cannot be written")
            }
            let handle = try FileHandle(forWritingTo: file)
            defer { handle.closeFile() }
            let report = try await AuditVerification(service: name).run(on: database) { batch in
                try handle.write(contentsOf: AuditExport.bytes(of: batch))
            }
            print("\(file.path): \(report.batches) batches, \(report.entries) entries")
            if let fault = report.fault { faults.append("exported up to a broken link: \(fault)") }
        }
        guard faults.isEmpty else { throw Refusal(faults.joined(separator: "\n")) }
    }
}

/// Recomputes the chains and names the first broken link of each.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Recomputes the audit's chains and names the first broken link.",
        discussion: """
            Asks none of the services: it reads every service's own tables and the directory's copy, with the login \
            ztc_auditor where ZTC_SECRETS has its password and with DATABASE_URL's otherwise; or, by --file, an \
            exported file. Ends with 1 when a link is broken.
            """)

    @Option(help: "One service instead of all.")
    var service: String?

    @Option(help: "An exported file instead of the database.")
    var file: String?

    @Option(help: "A file of heads that was kept outside of the system.")
    var heads: String?

    func run() async throws {
        let known = try heads.map { path in
            guard let data = FileManager.default.contents(atPath: path) else { throw Refusal("\(path) is missing") }
            return try AuditHeadsFile.heads(in: String(decoding: data, as: UTF8.self))
        }
        let reports: [AuditReport]
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else { throw Refusal("\(file) is missing") }
            // An emptied file tells of no service; its name does.
            let name = URL(filePath: file).deletingPathExtension().lastPathComponent
            let named = Stack.services.contains { $0.name == name } ? name : nil
            reports = [AuditExport.check(data, service: service ?? named, heads: known ?? [])]
        } else {
            reports = try await Self.check(try Stack.audited(service), known ?? [])
        }
        Console.table(
            ["service", "where", "batches", "entries", "result"],
            reports.map { report in
                [
                    report.service, report.place, Console.grouped(report.batches), Console.grouped(report.entries),
                    report.fault == nil ? "sound" : "BROKEN",
                ]
            }, right: [2, 3])
        let faults = reports.compactMap { report in report.fault.map { "\(report.place): \($0)" } }
        guard faults.isEmpty else { throw Refusal("broken links:\n" + faults.joined(separator: "\n")) }
    }

    private static func check(_ services: [String], _ heads: [AuditHead]) async throws -> [AuditReport] {
        let database = try Stack().auditorDatabase()
        var reports: [AuditReport] = []
        for service in services {
            let current = Mutex<[AuditHead]>([])
            reports.append(
                try await AuditVerification(service: service, heads: heads).run(on: database) { batch in
                    current.withLock {
                        $0.append(
                            AuditHead(
                                service: service, batch: batch.number, lastPlace: batch.lastPlace, head: batch.head,
                                sealedAt: ""))
                    }
                })
            reports.append(
                try await CollectedAuditVerification(service: service)
                    .run(on: database, current: current.withLock { $0 }))
        }
        return reports
    }
}

extension Stack {
    /// The services whose chains there are, or the one asked for.
    static func audited(_ service: String?) throws -> [String] {
        guard let service else { return services.map(\.name) }
        guard services.contains(where: { $0.name == service }) else { throw Refusal("no service is called \(service)") }
        return [service]
    }

    /// The database with the login that may read and nothing else, where its password is known.
    func auditorDatabase() throws -> Database {
        let configuration = try PostgresConfiguration(url: require("DATABASE_URL"))
        let secret = FileManager.default.contents(atPath: secretsFolder.appending(path: Roles.auditor).path)
        guard let secret else { return try database() }
        let password = String(decoding: secret, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        var unhurried = configuration.with(user: Roles.auditor, password: password)
        // A long chain takes as long as it takes; every statement reads a bounded part of it.
        unhurried.statementTimeout = .seconds(300)
        return Database(configuration: unhurried, logger: Self.logger)
    }
}
