import CommonContracts
import DirectoryContracts
import Domain
import EnterpriseContracts
import Foundation
import GRPCCore
import GRPCProtobuf
import NotificationContracts
import PolicyContracts

/// A policy finds its enterprises: drafted, reviewed, published, matched, read with reason and yuan.
struct Scenario {
    /// The point of the story, left to it by the loader.
    static let pointID = "graduate-allowance"

    let stack: Stack
    let accounts: Accounts
    let folder: URL
    let generator: EnterpriseGenerator
    let subscriber: String?

    /// One of the three enterprises of the story.
    struct Reader {
        let phone: String
        let row: EnterpriseRow
        let enterprise: Zhitongche_Enterprise_V1_Enterprise
    }

    /// What one reader found.
    struct Finding {
        let name: String
        let verdict: String
        let reason: String
        let yuan: String
    }

    func run() async throws {
        let began = ContinuousClock.now
        try await waitForQuiet()
        let units = try JSONDecoder().decode(
            UnitsFile.self, from: Data(contentsOf: folder.appending(path: "units.json")))
        let names = Dictionary(
            units.units.filter { $0.id.hasPrefix("taian-") }.map { ($0.name, $0.id) },
            uniquingKeysWith: { old, _ in old })
        guard
            let entry = try PolicyPointsFile(folder: folder, units: names).entries.first(where: {
                $0.id == Self.pointID
            })
        else { throw Refusal("the data folder has no point \(Self.pointID)") }

        let readers = try await readers()
        let mailbox = try await openMailbox(of: readers[0])
        let point = try await publish(entry)
        let audience = try await waitForAudience(point)
        show(audience)
        var findings: [Finding] = []
        Console.step(5, "三家企业在收件箱中读到这条政策")
        for reader in readers { findings.append(try await read(point, reader)) }
        try await readMail(about: point.content.title, in: mailbox)
        try await refuseOrdinaryToken(entry)
        if let subscriber { try subscribe(subscriber, to: point.pointID) }

        Console.step(subscriber == nil ? 8 : 9, "结果")
        let counts = audience.figures.counts
        Console.line(
            "《\(point.content.title)》第 \(point.revision) 版：覆盖 \(Console.grouped(counts.total)) 家，"
                + "符合 \(Console.grouped(counts.met))，不符合 \(Console.grouped(counts.notMet))，"
                + "信息不足 \(Console.grouped(counts.unknown))")
        print("")
        Console.table(
            ["企业", "结论", "依据", "预计"], findings.map { [$0.name, $0.verdict, $0.reason, $0.yuan] }, right: [3])
        let time = (ContinuousClock.now - began).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        Console.line("用时 \(time)")
    }

    /// A story starts when nothing of an earlier one is under way.
    private func waitForQuiet() async throws {
        let end = ContinuousClock.now + .seconds(180)
        while true {
            let services = try await ServiceStatus.read(of: stack)
            if services.allSatisfy(\.isQuiet) { return }
            guard ContinuousClock.now < end else {
                let restless = services.filter { !$0.isQuiet }.map(\.service).joined(separator: ", ")
                throw Refusal("the system does not become quiet: \(restless); see ztc status")
            }
            let pending = services.reduce(0) { $0 + ($1.pending ?? 0) + ($1.lag ?? 0) }
            Console.progress("等待系统空闲：\(Console.grouped(pending)) 条事件在途")
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    // MARK: Publishing

    /// Drafts the point, or a new revision of it, by one post and publishes it by another.
    private func publish(_ entry: PolicyPointsFile.Entry) async throws -> Zhitongche_Policy_V1_Point {
        let drafter = try await accounts.bearer("rensheju.jingban")
        let publisher = try await accounts.bearer("rensheju.fabu")
        return try await withConnection(to: "policy", of: stack) { client in
            let policy = Zhitongche_Policy_V1_PolicyService.Client(wrapping: client)
            Console.step(2, "市人社局经办岗起草《\(entry.content.title)》")
            let draft = try await draft(entry, policy, drafter)
            Console.line("政策点 \(draft.pointID)，第 \(draft.revision) 版，草稿")
            let submitted = try await policy.submitPoint(
                request: drafter.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.pointID = draft.pointID
                        $0.version = draft.version
                    }), options: .ordinary
            ).point
            Console.line("已提交审核")
            let publishing = Zhitongche_Policy_V1_PublishPointRequest.with {
                $0.requestID = UUID().uuidString
                $0.pointID = submitted.pointID
                $0.version = submitted.version
            }
            let refusal = try await refusal {
                _ = try await policy.publishPoint(request: drafter.request(publishing), options: .ordinary)
            }
            guard refusal.reason == "SAME_PERSON" else {
                throw Refusal("the drafter was not refused as such, but with \(refusal.reason)")
            }
            Console.step(3, "起草人自行发布被拒绝（\(refusal.reason)：\(refusal.text)），由发布岗发布")
            let published = try await policy.publishPoint(request: publisher.request(publishing), options: .ordinary)
                .point
            Console.line("第 \(published.revision) 版已发布")
            return published
        }
    }

    private func draft(
        _ entry: PolicyPointsFile.Entry, _ policy: Zhitongche_Policy_V1_PolicyService.Client<some ClientTransport>,
        _ drafter: Bearer
    ) async throws -> Zhitongche_Policy_V1_Point {
        let listed = try await policy.listDocuments(request: drafter.request(.init()), options: .ordinary)
        guard let document = listed.documents.first(where: { $0.number == "〔2020〕1号" }) else {
            throw Refusal("the Tai'an document is not there; run ztc load first")
        }
        let existing = try await Loader.points(of: document.documentID, policy, drafter)
            .first { $0.content.title == entry.content.title }
        guard let existing else {
            return try await policy.draftPoint(
                request: drafter.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.documentID = document.documentID
                        $0.content = entry.content
                    }), options: .ordinary
            ).point
        }
        return try await policy.revisePoint(
            request: drafter.request(
                .with {
                    $0.requestID = UUID().uuidString
                    $0.pointID = existing.pointID
                    $0.version = existing.version
                }), options: .ordinary
        ).point
    }

    // MARK: Audience

    private func waitForAudience(
        _ point: Zhitongche_Policy_V1_Point
    ) async throws -> Zhitongche_Enterprise_V1_GetAudienceResponse {
        let drafter = try await accounts.bearer("rensheju.jingban")
        return try await withConnection(to: "enterprise", of: stack) { client in
            let enterprise = Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client)
            let end = ContinuousClock.now + .seconds(90)
            while ContinuousClock.now < end {
                do {
                    let audience = try await enterprise.getAudience(
                        request: drafter.request(.with { $0.pointID = point.pointID }), options: .ordinary)
                    if audience.revision == point.revision { return audience }
                } catch let error as RPCError where error.code == .notFound {}
                try await Task.sleep(for: .milliseconds(100))
            }
            throw Refusal("the point was not matched within 90 seconds")
        }
    }

    private func show(_ audience: Zhitongche_Enterprise_V1_GetAudienceResponse) {
        let figures = audience.figures
        Console.step(4, "企业服务完成匹配：覆盖 \(Console.grouped(figures.counts.total)) 家企业")
        func row(_ name: String, _ counts: Zhitongche_Enterprise_V1_AudienceCounts) -> [String] {
            [
                name, Console.grouped(counts.total), Console.grouped(counts.met), Console.grouped(counts.notMet),
                Console.grouped(counts.unknown),
            ]
        }
        let groups = [("地区", figures.byRegion), ("行业", figures.byIndustry), ("规模", figures.bySize)]
        Console.table(
            ["分组", "覆盖", "符合", "不符合", "信息不足"],
            [row("合计", figures.counts)]
                + groups.flatMap { group, lines in lines.map { row("\(group) \($0.name.zh)", $0.counts) } },
            right: [1, 2, 3, 4])
        Console.line("符合条件企业的预计金额合计：\(Console.yuan(figures.estimatedTotal.fen))")
    }

    // MARK: Readers

    /// Three manufacturers: one recruited graduates, one recruited none, of one nothing is known.
    private func readers() async throws -> [Reader] {
        let steward = try await accounts.bearer("gongxinju.shuju")
        return try await withConnection(to: "enterprise", of: stack) { client in
            let enterprise = Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client)
            let manufacturers = try await Loader.enterprises(
                enterprise, steward, region: "370900", industry: "C", limit: 20)
            return try [(13, "13900000001"), (4, "13900000002"), (3, "13900000003")].map { place, phone in
                guard manufacturers.indices.contains(place) else { throw Refusal("there are too few manufacturers") }
                let found = manufacturers[place]
                // The generator counts its enterprises in the six digits of the organisation's code.
                guard let index = Int(found.creditCode.dropFirst(10).prefix(6)), index >= 1 else {
                    throw Refusal("\(found.creditCode) was not generated by ztc")
                }
                return Reader(phone: phone, row: try generator.row(index - 1), enterprise: found)
            }
        }
    }

    private func read(_ point: Zhitongche_Policy_V1_Point, _ reader: Reader) async throws -> Finding {
        let bearer = try await user(of: reader)
        let message = try await withConnection(to: "notification", of: stack) { client in
            let notification = Zhitongche_Notification_V1_NotificationService.Client(wrapping: client)
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                let inbox = try await notification.listInbox(
                    request: bearer.request(.with { $0.unreadOnly = true }), options: .ordinary)
                if let found = inbox.messages.first(where: { $0.pointID == point.pointID }) {
                    _ = try await notification.markRead(
                        request: bearer.request(
                            .with {
                                $0.requestID = UUID().uuidString
                                $0.messageIds = [found.messageID]
                            }), options: .ordinary)
                    return found
                }
                try await Task.sleep(for: .milliseconds(100))
            }
            throw Refusal("\(reader.row.name) did not find the point in its inbox within 60 seconds")
        }
        let match = try await withConnection(to: "enterprise", of: stack) { client in
            try await Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client).explainPoint(
                request: bearer.request(.with { $0.pointID = point.pointID }), options: .ordinary
            ).match
        }
        Console.line("")
        Console.line("\(reader.row.name)：收件箱 “\(message.title.zh)” —— \(Self.verdict(message.verdict))")
        for leaf in Self.leaves(match.explanation) { Console.line("   · \(leaf.text.zh)") }
        for step in match.estimate.steps { Console.line("   · \(step.zh)") }
        for change in match.nearestChange { Console.line("   · 最近的改变：\(change.zh)") }
        guard message.verdict == match.verdict else {
            throw Refusal("inbox and explanation disagree: \(message.verdict) and \(match.verdict)")
        }
        let deciding = Self.leaves(match.explanation).last?.text.zh ?? ""
        return Finding(
            name: reader.row.name, verdict: Self.verdict(match.verdict), reason: deciding,
            yuan: message.hasEstimate
                ? Console.yuan(message.estimate.fen) + (match.estimate.recurrence == .month ? "/月" : "") : "–")
    }

    /// A user of the enterprise: registered by phone and code and bound by a proven claim, once; later logged in.
    func user(of reader: Reader) async throws -> Bearer {
        let isKnown = try accounts.all().contains { $0.login == reader.phone }
        if !isKnown { try await register(reader) }
        let end = ContinuousClock.now + .seconds(60)
        var bearer = try await accounts.bearer(reader.phone)
        while try await enterprise(of: bearer) != reader.enterprise.enterpriseID {
            guard ContinuousClock.now < end else {
                throw Refusal("\(reader.phone) was not bound to its enterprise within 60 seconds")
            }
            try await Task.sleep(for: .milliseconds(200))
            bearer = try await accounts.bearer(reader.phone, isNew: true)
        }
        return bearer
    }

    private func enterprise(of bearer: Bearer) async throws -> String {
        try await withConnection(to: "directory", of: stack) { client in
            try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
                .whoAmI(request: bearer.request(.init()), options: .ordinary).enterpriseID
        }
    }

    private func register(_ reader: Reader) async throws {
        let password = "Ztc-\(UUID().uuidString.lowercased())"
        try await withConnection(to: "directory", of: stack) { client in
            let directory = Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
            let started = try await directory.startRegistration(
                request: Bearer.nobody.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.phone = reader.phone
                        $0.password = password
                        $0.displayName = "企业办事员"
                    }), options: .ordinary)
            let code = try await self.code(sentTo: reader.phone)
            _ = try await directory.confirmRegistration(
                request: Bearer.nobody.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.registrationID = started.registrationID
                        $0.code = code
                    }), options: .ordinary)
        }
        try accounts.keep(
            Accounts.Entry(login: reader.phone, password: password, roles: ["enterprise-user"]))
        let bearer = try await accounts.bearer(reader.phone)
        try await withConnection(to: "enterprise", of: stack) { client in
            _ = try await Zhitongche_Enterprise_V1_EnterpriseService.Client(wrapping: client).submitClaim(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.creditCode = reader.row.creditCode
                        $0.name = reader.row.name
                        $0.representative = reader.row.representative
                    }), options: .ordinary)
        }
        Console.line("\(reader.row.name)：用户以手机验证码注册，核验企业身份通过")
    }

    /// The newest code that the catcher kept for a phone.
    private func code(sentTo phone: String) async throws -> String {
        let administrator = try await accounts.bearer("administrator")
        return try await withConnection(to: "notification", of: stack) { client in
            let caught = try await Zhitongche_Notification_V1_NotificationService.Client(wrapping: client)
                .listCaughtMessages(request: administrator.request(.with { $0.address = phone }), options: .ordinary)
            guard let text = caught.messages.first?.text, let code = text.firstMatch(of: /[0-9]{6}/) else {
                throw Refusal("no code was caught for \(phone)")
            }
            return String(code.output)
        }
    }

    // MARK: Limits

    private func refuseOrdinaryToken(_ entry: PolicyPointsFile.Entry) async throws {
        let ordinary = try await accounts.bearer("13900000001")
        let refusal = try await refusal {
            try await withConnection(to: "policy", of: stack) { client in
                _ = try await Zhitongche_Policy_V1_PolicyService.Client(wrapping: client).draftPoint(
                    request: ordinary.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.documentID = UUID().uuidString.lowercased()
                            $0.content = entry.content
                        }), options: .ordinary)
            }
        }
        Console.step(7, "企业用户的令牌不能起草政策：\(refusal.reason)（\(refusal.text)）")
        guard refusal.reason == "ACTION_DENIED" else { throw Refusal("refused with \(refusal.reason) instead") }
    }

    /// Runs a call that must be refused and returns why.
    private func refusal(_ call: () async throws -> Void) async throws -> (reason: String, text: String) {
        do {
            try await call()
        } catch let error as RPCError {
            let status = try error.unpackGoogleRPCStatus()
            var (reason, text) = ("\(error.code)", error.message)
            for detail in status?.details ?? [] {
                if let info = detail.errorInfo { reason = info.reason }
                if let message = detail.localizedMessage { text = message.message }
            }
            return (reason, text)
        }
        throw Refusal("a call that must be refused was not")
    }

    /// Starts the outside subscriber and shows the events of the point that it decoded.
    private func subscribe(_ command: String, to point: String) throws {
        Console.step(8, "外部订阅者（Python，仅凭 proto/）解码事件")
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let topics = ["ztc.policy.point.events.v1", "ztc.enterprise.audience.events.v1"]
        process.arguments = [
            "-c",
            """
            exec \(command) --bootstrap \(try stack.require("KAFKA_BOOTSTRAP_SERVERS")) --proto proto \
            \(topics.map { "--topic \($0)" }.joined(separator: " ")) --key \(point) --count 3 --timeout 60
            """,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Refusal("the subscriber ended with \(process.terminationStatus)")
        }
        struct Seen: Decodable {
            let topic: String
            let offset: Int64
            let headers: [String: String]
        }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let seen = try JSONDecoder().decode(Seen.self, from: Data(line))
            Console.line(
                "\(seen.headers["ce_type"] ?? "?") 序号 \(Int64(seen.headers["ce_aggregateseq"] ?? "") ?? 0) "
                    + "(\(seen.topic)，位移 \(seen.offset)，\(line.count) 字节 JSON)")
        }
    }

    // MARK: Words

    private static func verdict(_ verdict: Zhitongche_Common_V1_Verdict) -> String {
        switch verdict {
        case .met: "符合"
        case .notMet: "不符合"
        case .unknown: "信息不足"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }

    private static func leaves(
        _ explanation: Zhitongche_Common_V1_Explanation
    ) -> [Zhitongche_Common_V1_LeafExplanation] {
        explanation.hasLeaf ? [explanation.leaf] : explanation.parts.flatMap(leaves)
    }
}
