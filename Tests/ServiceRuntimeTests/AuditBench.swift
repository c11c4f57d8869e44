import CommonContracts
import Foundation
import Logging
import Messaging
import Postgres
import TestSupport

@testable import ServiceRuntime

/// The schema of a service with its audit, without a running service: rows, sealers and checks in the test's hands.
struct AuditBench: Sendable {
    let admin: Database
    let app: Database
    let sealer: AuditSealer

    static func make() async throws -> AuditBench {
        var logger = Logger(label: "audit.tests")
        logger.logLevel = .critical
        let configuration = try await Stage.makeDatabase()
        try await RuntimeSchema.migrate(
            ProbeApp.definition,
            on: configuration.with(user: Roles.migrator(of: "directory"), password: "sample"), logger: logger)
        return AuditBench(
            admin: Database(configuration: configuration, logger: logger),
            app: configuration.with(user: Roles.app(of: "directory"), password: "sample"), logger: logger)
    }

    private init(admin: Database, app: PostgresConfiguration, logger: Logger) {
        self.admin = admin
        var pool = PoolConfiguration()
        pool.sizes[.calls] = 16
        pool.sizes[.consumers] = 4
        self.app = Database(configuration: app, pool: pool, logger: logger)
        sealer = AuditSealer(schema: "directory", database: self.app, outbox: Outbox(schema: "directory", wake: {}))
    }

    /// Another replica's sealer, for a process of its own.
    static func sealer(url: String) throws -> AuditSealer {
        AuditSealer(
            schema: "directory",
            database: Database(
                configuration: try PostgresConfiguration(url: url), logger: Logger(label: "audit.sealer")),
            outbox: Outbox(schema: "directory", wake: {}))
    }

    /// The running service's login as an address.
    var url: String {
        let place = app.configuration
        return "postgresql://\(place.user):sample@\(place.host):\(place.port)/\(place.database)?sslmode=disable"
    }

    /// Adds entries, each in a transaction of its own.
    func record(_ objects: [String], detail: String = "") async throws {
        for object in objects {
            try await app.transaction { Self.append(object, detail: detail, in: $0) }
        }
    }

    static func append(_ object: String, detail: String = "", in transaction: Transaction) {
        let call = CallContext.Values(
            requestIdentifier: "call-\(object)", method: "zhitongche.probe.v1.ProbeService/Count",
            remotePeer: "ipv4:127.0.0.1:1", caller: Caller(accountID: "account-1", kind: .staff, unitID: "bureau"))
        AuditLog(schema: "directory").append(
            call: call, outcome: .done, object: object, detail: detail, businessTime: .now, in: transaction)
    }

    /// Seals until nothing waits.
    func sealAll() async throws { while try await sealer.seal() > 0 {} }

    /// A chain of three batches with the places 1 to 3, 4 to 6 and 7 to 9.
    func sealThreeBatches() async throws {
        for batch in 0..<3 {
            try await record((1...3).map { "thing \(batch * 3 + $0)" })
            try await sealAll()
        }
    }

    func verify(_ heads: [AuditHead] = []) async throws -> AuditReport {
        try await AuditVerification(service: "directory", heads: heads).run(on: admin)
    }

    func head() async throws -> AuditHead? { try await AuditHead.newest(of: "directory", in: admin) }

    /// Changes the tables as only the owner of the whole server can: no privileges, triggers or references count.
    func tamper(_ statements: String) async throws {
        try await admin.transaction { transaction in
            try transaction.executeScript("SET LOCAL session_replication_role = replica; \(statements)")
        }
    }

    func number(_ sql: SQL) async throws -> Int64 {
        try await admin.transaction { try $0.only(sql).get("n") }
    }

    /// The exported chain.
    func export() async throws -> Data {
        let database = admin
        let file = FileManager.default.temporaryDirectory.appending(path: "ztc-audit-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let handle = try FileHandle(forWritingTo: file)
        _ = try await AuditVerification(service: "directory").run(on: database) { batch in
            try handle.write(contentsOf: AuditExport.bytes(of: batch))
        }
        try handle.close()
        return try Data(contentsOf: file)
    }

    /// The verdict of the verifier that shares no code with the product.
    static func independentVerdict(_ export: Data, heads: [AuditHead]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ztc-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try export.write(to: folder.appending(path: "chain"))
        try Data(AuditHeadsFile.text(of: heads).utf8).write(to: folder.appending(path: "heads"))
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/audit/verify.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", script.standardizedFileURL.path, folder.appending(path: "chain").path,
            folder.appending(path: "heads").path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
