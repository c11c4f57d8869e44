import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// A change of a light, as it was recorded (PRJ-10).
struct LightChange: Sendable {
    /// Number within the project, from 1.
    let number: Int
    /// The change.
    let fact: LightHasChanged
    /// Name of the set of rules.
    let ruleSet: String
    /// Day for which it was computed.
    let on: CivilDate
    /// When.
    let at: BusinessTime
}

/// Rules of lights and changes of lights (PRJ-10).
struct LightRepository: Sendable {
    /// A set of rules; nil when there is none of the name.
    func rules(_ name: String, in tx: Transaction) throws -> LightRuleSet? {
        try list(after: nil, only: name, limit: 1, in: tx).first
    }

    /// Sets of rules behind a name, in its order.
    func list(after: String?, only name: String? = nil, limit: Int, in tx: Transaction) throws -> [LightRuleSet] {
        let sets = try tx.query(
            """
            SELECT name, seq FROM project.light_rule_set
            WHERE name > \(after ?? "") AND (\(name)::text IS NULL OR name = \(name)) ORDER BY name LIMIT \(limit)
            """
        ) { (name: try $0.get("name", as: String.self), version: try $0.get("seq", as: Int64.self)) }
        var rules: [String: [LightRule]] = [:]
        for row in try tx.query(
            """
            SELECT rule_set, light, measure, comparison, numerator, denominator FROM project.light_rule
            WHERE rule_set = ANY (\(sets.map(\.name))) ORDER BY rule_set, place
            """)
        {
            let rule = try reading {
                LightRule(
                    try .stored(row, "light"), try .stored(row, "measure"), try .stored(row, "comparison"),
                    try Ratio(row.get("numerator"), row.get("denominator")))
            }
            rules[try row.get("rule_set"), default: []].append(rule)
        }
        return try sets.map { set in
            try reading { try LightRuleSet(name: set.name, rules: rules[set.name] ?? [], version: set.version) }
        }
    }

    /// Stores a set; its version is the one that was read, 0 for a new one.
    ///
    /// - Throws: `Problem` ALREADY_EXISTS or ABORTED.
    func save(_ set: LightRuleSet, in tx: Transaction) throws -> LightRuleSet {
        if set.version == 0 {
            let inserted = try tx.execute(
                "INSERT INTO project.light_rule_set (name, seq) VALUES (\(set.name), 1) ON CONFLICT DO NOTHING")
            guard inserted == 1 else { throw Problem.alreadyExists("rule set \(set.name)") }
        } else {
            let changed = try tx.execute(
                """
                UPDATE project.light_rule_set SET seq = seq + 1 WHERE name = \(set.name) AND seq = \(set.version)
                """)
            guard changed == 1 else {
                guard let current = try rules(set.name, in: tx) else { throw Problem.notFound("rule set \(set.name)") }
                throw Problem.conflict(currentVersion: current.version)
            }
        }
        try tx.execute("DELETE FROM project.light_rule WHERE rule_set = \(set.name)")
        for (index, rule) in set.rules.enumerated() {
            try tx.execute(
                """
                INSERT INTO project.light_rule (rule_set, place, light, measure, comparison, numerator, denominator)
                VALUES (\(set.name), \(index + 1), \(rule.light.rawValue), \(rule.measure.rawValue),
                    \(rule.comparison.rawValue), \(rule.threshold.numerator), \(rule.threshold.denominator))
                """, expecting: 1)
        }
        return try LightRuleSet(name: set.name, rules: set.rules, version: set.version + 1)
    }

    /// Records a change.
    func record(
        _ fact: LightHasChanged, of project: ProjectID, ruleSet: String, on day: CivilDate, at now: BusinessTime,
        in tx: Transaction
    ) throws {
        try tx.execute(
            """
            INSERT INTO project.light_change
                (project_id, number, from_light, to_light, rule_set, reasons, changed_on, changed_at)
            SELECT \(project.uuid), coalesce(max(number), 0) + 1, \(fact.from?.rawValue), \(fact.to?.rawValue),
                \(ruleSet), \(fact.reasons.map(\.stored)), \(day.stored), \(now.instant)
            FROM project.light_change WHERE project_id = \(project.uuid)
            """, expecting: 1)
    }

    /// Changes below a number, newest first.
    func changes(of project: ProjectID, below: Int, limit: Int, in tx: Transaction) throws -> [LightChange] {
        try tx.query(
            """
            SELECT number, from_light, to_light, rule_set, reasons, changed_on, changed_at FROM project.light_change
            WHERE project_id = \(project.uuid) AND number < \(below) ORDER BY number DESC LIMIT \(limit)
            """
        ) { row in
            LightChange(
                number: try row.get("number"),
                fact: LightHasChanged(
                    from: try .optional(row, "from_light"), to: try .optional(row, "to_light"),
                    reasons: try row.get("reasons", as: [String].self).map { try LightReason(stored: $0) }),
                ruleSet: try row.get("rule_set"),
                on: try .stored(row, "changed_on"),
                at: try .stored(row, "changed_at"))
        }
    }
}
