import ArgumentParser
import CommonContracts
import DirectoryContracts
import Domain
import EnterpriseContracts
import Foundation
import GRPCCore
import PolicyContracts
import SwiftProtobuf
import Wire

/// Brings the data folder and generated enterprises into a running system, by calls only.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Loads regions, units, accounts, policies and enterprises; what is there already stays as it is.")

    @Option(help: "Folder with the data.")
    var data = "data"

    @Option(help: "How many enterprises to generate.")
    var enterprises = 20_000

    @Option(help: "Seed of the generated enterprises.")
    var seed: UInt64 = 2020

    func run() async throws {
        let stack = Stack()
        let folder = URL(filePath: data)
        let loader = Loader(stack: stack, accounts: Accounts(stack))
        try await loader.startClocks()
        let units = try JSONDecoder().decode(
            UnitsFile.self, from: Data(contentsOf: folder.appending(path: "units.json")))
        try await loader.load(units)
        try await loader.load(
            JSONDecoder().decode(
                AccountsFile.self, from: Data(contentsOf: folder.appending(path: "accounts-development.json"))))
        try await loader.load(
            JSONDecoder().decode(
                OpinionBureausFile.self,
                from: Data(contentsOf: folder.appending(path: "opinion-bureaus-lanshan-2019.json"))))
        try await loader.load(EnterpriseGenerator(seed: seed), count: enterprises)
        let names = Dictionary(
            units.units.filter { $0.id.hasPrefix("taian-") }.map { ($0.name, $0.id) },
            uniquingKeysWith: { old, _ in old })
        let documents = try JSONDecoder().decode(
            DocumentsFile.self, from: Data(contentsOf: folder.appending(path: "documents-taian-2020.json")))
        try await loader.load(documents, PolicyPointsFile(folder: folder, units: names), units: names)
    }
}

/// The file of regions, units and successions.
struct UnitsFile: Decodable {
    struct Region: Decodable {
        let code: String
        let name: String
        let parent: String
    }
    struct Unit: Decodable {
        let id: String
        let name: String
        let kind: String
        let parent: String
        let region: String
        let subject: String?
        let responsible: String?
        let from: String
    }
    struct End: Decodable {
        let unit: String
        let on: String
        let successors: [String]
    }
    let regions: [Region]
    let units: [Unit]
    let ends: [End]
}

/// The file of posts of the development installation.
struct AccountsFile: Decodable {
    struct Account: Decodable {
        let login: String
        let unit: String
        let post: String
        let roles: [String]
    }
    let accounts: [Account]
}

/// The file of policy documents.
struct DocumentsFile: Decodable {
    struct Document: Decodable {
        let number: String
        let title: String
        let issuingUnits: [String]
        let issuedOn: String
    }
    let documents: [Document]
}

/// Loads one thing after the other.
struct Loader {
    let stack: Stack
    let accounts: Accounts

    /// Development begins on 20 April 2020, so that the May holiday lies ahead; a clock that was moved stays.
    func startClocks() async throws {
        let administrator = try await accounts.bearer("administrator")
        let begin = Google_Protobuf_Timestamp(seconds: 1_587_344_400)  // 2020-04-20 09:00 in Shanghai
        for service in Stack.services.map(\.name) {
            try await withConnection(to: service, of: stack) { client in
                let clock = Zhitongche_Common_V1_DevelopmentService.Client(wrapping: client)
                let now = try await clock.getClock(request: administrator.request(.init()), options: .ordinary)
                guard abs(now.businessTime.seconds - now.realTime.seconds) < 60 else { return }
                _ = try await clock.moveClock(
                    request: administrator.request(.with { $0.to = begin }), options: .ordinary)
            }
        }
        Console.line("business time: from 2020-04-20 on")
    }

    func load(_ file: UnitsFile) async throws {
        let administrator = try await accounts.bearer("administrator")
        try await withConnection(to: "directory", of: stack) { client in
            let directory = Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
            for region in file.regions {
                _ = try await directory.setRegion(
                    request: administrator.request(
                        .with {
                            $0.requestID = "load-region-\(region.code)"
                            $0.region = .with {
                                $0.code = region.code
                                $0.name = region.name
                                $0.parent = region.parent
                            }
                        }), options: .ordinary)
            }
            let known = try await Self.units(directory, administrator)
            var created = 0
            for unit in file.units where !known.contains(unit.id) {
                let from = try CivilDate(unit.from)
                let request = Zhitongche_Directory_V1_CreateUnitRequest.with {
                    $0.requestID = "load-unit-\(unit.id)".prefix64
                    $0.unit = .with {
                        $0.unitID = unit.id
                        $0.name = unit.name
                        $0.kind = Self.kind(unit.kind)
                        $0.parentID = unit.parent
                        $0.region = unit.region
                        $0.subject = unit.subject ?? ""
                        $0.responsibleUnitID = unit.responsible ?? ""
                        $0.active = .with { $0.start = from.wire }
                    }
                }
                _ = try await directory.createUnit(request: administrator.request(request), options: .ordinary)
                created += 1
            }
            for end in file.ends {
                let unit = try await directory.getUnit(
                    request: administrator.request(.with { $0.unitID = end.unit }), options: .ordinary
                ).unit
                guard !unit.active.hasEnd else { continue }
                let on = try CivilDate(end.on)
                _ = try await directory.endUnit(
                    request: administrator.request(
                        .with {
                            $0.requestID = "load-end-\(end.unit)".prefix64
                            $0.unitID = end.unit
                            $0.version = unit.version
                            $0.on = on.wire
                            $0.successorIds = end.successors
                        }), options: .ordinary)
            }
            Console.line(
                "units: \(file.units.count) of two cities (\(created) new), \(file.ends.count) of them followed by others"
            )
        }
    }

    /// Loads the registry as one CSV stream, then lists and figures of some enterprises.
    func load(_ generator: EnterpriseGenerator, count: Int) async throws {
        let steward = try await accounts.bearer("gongxinju.shuju")
        let began = ContinuousClock.now
        let report = try await withConnection(to: "enterprise", of: stack) { client in
            let enterprise = Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client)
            return try await enterprise.loadEnterprises(
                metadata: steward.metadata, options: .within(.seconds(600))
            ) { writer in
                try await writer.write(
                    .with {
                        $0.header = .with {
                            // A load of its own each time: a repeated identifier would return the first answer again.
                            $0.loadID = "generated-\(generator.seed)-\(count)-\(UUID().uuidString.prefix(8))"
                            $0.source = "legal-person-database"
                        }
                    })
                var piece = EnterpriseRow.header + "\n"
                for index in 0..<count {
                    piece += try generator.row(index).csv + "\n"
                    if piece.utf8.count > 200_000 || index == count - 1 {
                        let bytes = Data(piece.utf8)
                        try await writer.write(.with { $0.data = bytes })
                        piece = ""
                        Console.progress("enterprises: \(Console.grouped(Int64(index + 1))) sent")
                    }
                }
            }
        }
        let time = (ContinuousClock.now - began).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        Console.progress(
            "enterprises: \(Console.grouped(report.rows)) rows in \(time): \(Console.grouped(report.created)) new, "
                + "\(Console.grouped(report.changed)) changed, \(Console.grouped(report.unchanged)) unchanged, "
                + "\(Console.grouped(report.rejected)) rejected", isLast: true)
        try await loadLists(steward)
    }

    /// Puts some enterprises on the lists that points ask for and gives some manufacturers figures of recruitment, so
    /// that verdicts differ. Which ones depends on their ordinals only.
    private func loadLists(_ steward: Bearer) async throws {
        try await withConnection(to: "enterprise", of: stack) { client in
            let enterprise = Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client)
            let manufacturers = try await Self.enterprises(
                enterprise, steward, region: "370900", industry: "C", limit: 800)
            let lists: [(String, Int, Int)] = [
                ("double-50", 8, 0), ("high-tech", 5, 1), ("technology-sme", 4, 2), ("listing-seed-enterprises", 20, 3),
                ("listed-companies", 100, 4), ("neeq-companies", 60, 5), ("epidemic-key-support", 12, 6),
                ("deferral-eligible", 9, 7),
            ]
            for (list, every, place) in lists {
                let members = manufacturers.enumerated().filter { $0.offset % every == place % every }.map(\.element)
                _ = try await enterprise.setListMembership(
                    request: steward.request(
                        .with {
                            $0.requestID = "load-list-\(list)"
                            $0.list = list
                            $0.enterpriseIds = members.map(\.enterpriseID)
                            $0.member = true
                            $0.reason = "开发环境示例名录"
                        }), options: .within(.seconds(60)))
            }
            let year = try Period(from: CivilDate(year: 2020, month: 1, day: 1))
            var recorded = 0
            for (place, one) in manufacturers.enumerated() where place % 4 != 3 {
                let graduates: Int64 = place % 4 == 0 ? 0 : Int64(place % 23)
                _ = try await enterprise.recordAttributes(
                    request: steward.request(
                        .with {
                            $0.requestID = "load-graduates-\(one.enterpriseID)"
                            $0.enterpriseID = one.enterpriseID
                            $0.records = [
                                .with {
                                    $0.attribute = "graduates.recruited"
                                    $0.value = AttributeValue.integer(graduates).wire
                                    $0.period = year.wire
                                    $0.source = "taian-shirensheju"
                                }
                            ]
                        }), options: .ordinary)
                recorded += 1
            }
            Console.line("lists: \(lists.count); figures of recruitment: \(recorded) enterprises")
        }
    }

    /// Enterprises of an industry in the order of their ordinals.
    static func enterprises(
        _ client: Zhitongche_Enterprise_V1_EnterpriseService.Client<some ClientTransport>, _ bearer: Bearer,
        region: String, industry: String, limit: Int
    ) async throws -> [Zhitongche_Enterprise_V1_Enterprise] {
        var found: [Zhitongche_Enterprise_V1_Enterprise] = []
        var token = ""
        repeat {
            let page = try await client.listEnterprises(
                request: bearer.request(
                    .with {
                        $0.region = region
                        $0.industry = industry
                        $0.pageSize = 200
                        $0.pageToken = token
                    }), options: .ordinary)
            found += page.enterprises
            token = page.nextPageToken
        } while !token.isEmpty && found.count < limit
        return Array(found.prefix(limit))
    }

    /// Enters the document and publishes its points, each drafted by one post and published by another. The point of
    /// the scenario is left to the scenario.
    func load(_ file: DocumentsFile, _ points: PolicyPointsFile, units: [String: String]) async throws {
        let drafter = try await accounts.bearer("zhihuibu.jingban")
        let publisher = try await accounts.bearer("zhihuibu.fabu")
        try await withConnection(to: "policy", of: stack) { client in
            let policy = Zhitongche_Policy_V1_PolicyService.Client(wrapping: client)
            let document = try await self.document(file, policy, drafter, units)
            var known: Set<String> = []
            // What was withdrawn or has expired since is known as well, and stays as it is.
            for state in [.published, .withdrawn, .expired] as [Zhitongche_Policy_V1_PointState] {
                known.formUnion(try await Self.points(of: document, in: state, policy, drafter).map(\.content.title))
            }
            var published = 0
            for entry in points.entries where entry.id != Scenario.pointID && !known.contains(entry.content.title) {
                let draft = try await policy.draftPoint(
                    request: drafter.request(
                        .with {
                            $0.requestID = "load-draft-\(entry.id)"
                            $0.documentID = document
                            $0.content = entry.content
                        }), options: .ordinary
                ).point
                let submitted = try await policy.submitPoint(
                    request: drafter.request(
                        .with {
                            $0.requestID = "load-submit-\(entry.id)"
                            $0.pointID = draft.pointID
                            $0.version = draft.version
                        }), options: .ordinary
                ).point
                _ = try await policy.publishPoint(
                    request: publisher.request(
                        .with {
                            $0.requestID = "load-publish-\(entry.id)"
                            $0.pointID = submitted.pointID
                            $0.version = submitted.version
                        }), options: .ordinary)
                published += 1
            }
            Console.line(
                "policy points: \(points.entries.count - 1) of the Tai'an document (\(published) newly published)")
        }
    }

    private func document(
        _ file: DocumentsFile, _ policy: Zhitongche_Policy_V1_PolicyService.Client<some ClientTransport>,
        _ drafter: Bearer, _ units: [String: String]
    ) async throws -> String {
        guard let document = file.documents.first else { throw Refusal("the file of documents is empty") }
        let listed = try await policy.listDocuments(request: drafter.request(.init()), options: .ordinary)
        if let found = listed.documents.first(where: { $0.number == document.number }) { return found.documentID }
        let issued = try CivilDate(document.issuedOn)
        let issuers = document.issuingUnits.compactMap { units[$0] }
        return try await policy.createDocument(
            request: drafter.request(
                .with {
                    $0.requestID = "load-document-\(document.number)"
                    $0.document = .with {
                        $0.number = document.number
                        $0.title = document.title
                        $0.issuingUnitIds = issuers
                        $0.level = .city
                        $0.kind = .supportive
                        $0.issuedOn = issued.wire
                        $0.valid = .with { $0.start = issued.wire }
                    }
                }), options: .ordinary
        ).document.documentID
    }

    /// The published points of a document.
    static func points(
        of document: String, in state: Zhitongche_Policy_V1_PointState = .published,
        _ policy: Zhitongche_Policy_V1_PolicyService.Client<some ClientTransport>, _ bearer: Bearer
    ) async throws -> [Zhitongche_Policy_V1_Point] {
        try await policy.listPoints(
            request: bearer.request(
                .with {
                    $0.documentID = document
                    $0.state = state
                    $0.pageSize = 200
                }), options: .ordinary
        ).points
    }

    /// The slugs of all units, ended ones included.
    private static func units(
        _ directory: Zhitongche_Directory_V1_DirectoryService.Client<some ClientTransport>, _ bearer: Bearer
    ) async throws -> Set<String> {
        var found: Set<String> = []
        var token = ""
        repeat {
            let page = try await directory.listUnits(
                request: bearer.request(
                    .with {
                        $0.includeEnded = true
                        $0.pageSize = 200
                        $0.pageToken = token
                    }), options: .ordinary)
            found.formUnion(page.units.map(\.unitID))
            token = page.nextPageToken
        } while !token.isEmpty
        return found
    }

    private static func kind(_ text: String) -> Zhitongche_Directory_V1_UnitKind {
        switch text {
        case "LEADING_GROUP": .leadingGroup
        case "LEADING_GROUP_OFFICE": .leadingGroupOffice
        case "BUREAU": .bureau
        case "TASK_FORCE": .taskForce
        case "SERVICE_LINE": .serviceLine
        case "CAMPAIGN_GROUP": .campaignGroup
        case "DEVELOPING_ENTITY": .developingEntity
        case "INVESTMENT_GROUP": .investmentGroup
        case "PROMOTION_OFFICE": .promotionOffice
        case _: .outsideBody
        }
    }
}

extension String {
    /// The first 64 characters, the most that a request identifier holds.
    var prefix64: String { String(prefix(64)) }
}
