import CommonContracts
import EnterpriseContracts
import Foundation
import GRPCCore
import GRPCProtobuf
import PolicyContracts

/// The first part of the story: a policy finds its enterprises.
extension Scenario {
    /// Drafted, reviewed, published, matched, read with reason and yuan.
    func tellPolicy(_ readers: [Reader]) async throws -> [Outcome] {
        let entry = try storyPoint()
        let mailbox = try await openMailbox(of: readers[0])
        let point = try await publish(entry)
        let audience = try await waitForAudience(point)
        show(audience)
        var findings: [Finding] = []
        narrator.step("三家企业在收件箱中读到这条政策")
        for reader in readers { findings.append(try await read(point, reader)) }
        try await readMail(about: point.content.title, in: mailbox)
        try await refuseOrdinaryToken(entry)
        if let subscriber { try subscribe(subscriber, to: point.pointID) }
        let counts = audience.figures.counts
        let whole = Outcome(
            subject: "《\(point.content.title)》", result: "覆盖 \(Console.grouped(counts.total)) 家",
            reason: "符合 \(Console.grouped(counts.met))，不符合 \(Console.grouped(counts.notMet))，"
                + "信息不足 \(Console.grouped(counts.unknown))")
        return [whole]
            + findings.map {
                Outcome(subject: $0.name, result: $0.verdict, reason: "\($0.reason)（预计 \($0.yuan)）")
            }
    }

    private func storyPoint() throws -> PolicyPointsFile.Entry {
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
        return entry
    }

    /// Drafts the point, or a new revision of it, by one post and publishes it by another.
    private func publish(_ entry: PolicyPointsFile.Entry) async throws -> Zhitongche_Policy_V1_Point {
        let drafter = try await accounts.bearer("rensheju.jingban")
        let publisher = try await accounts.bearer("rensheju.fabu")
        return try await withConnection(to: "policy", of: stack) { client in
            let policy = Zhitongche_Policy_V1_PolicyService.Client(wrapping: client)
            narrator.step("市人社局经办岗起草《\(entry.content.title)》")
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
            narrator.step("起草人自行发布被拒绝（\(refusal.reason)：\(refusal.text)），由发布岗发布")
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
        narrator.step("企业服务完成匹配：覆盖 \(Console.grouped(figures.counts.total)) 家企业")
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
        narrator.step("企业用户的令牌不能起草政策：\(refusal.reason)（\(refusal.text)）")
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
        narrator.step("外部订阅者（Python，仅凭 proto/）解码事件")
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
}
