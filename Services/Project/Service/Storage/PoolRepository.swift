import Domain
import Foundation
import Postgres
import ProjectDomain
import ServiceRuntime

/// The list of bureaus that are asked for opinions, and the pool of experts (PRJ-5): both are data.
struct PoolRepository: Sendable {
    /// Bureaus that are asked now.
    func active(in tx: Transaction) throws -> [OpinionBureau] {
        try tx.query(
            "SELECT unit, aspects, active, combines, seq FROM project.opinion_bureau WHERE active ORDER BY unit"
        ) { row in try reading { try OpinionBureau(row) } }
    }

    /// Bureaus behind a unit, in the order of their slugs.
    func bureaus(after: String?, limit: Int, in tx: Transaction) throws -> [OpinionBureau] {
        try tx.query(
            """
            SELECT unit, aspects, active, combines, seq FROM project.opinion_bureau
            WHERE unit > \(after ?? "") ORDER BY unit LIMIT \(limit)
            """
        ) { row in try reading { try OpinionBureau(row) } }
    }

    /// Stores a bureau; its version is the one that was read, 0 for a new one.
    ///
    /// - Throws: `Problem` ALREADY_EXISTS, NOT_FOUND, ABORTED, or FAILED_PRECONDITION when another one combines.
    func save(_ bureau: OpinionBureau, in tx: Transaction) throws -> OpinionBureau {
        let aspects = bureau.aspects.map(\.rawValue)
        do {
            if bureau.version == 0 {
                let inserted = try tx.execute(
                    """
                    INSERT INTO project.opinion_bureau (unit, aspects, active, combines, seq)
                    VALUES (\(bureau.unit.text), \(aspects), \(bureau.isActive), \(bureau.combines), 1)
                    ON CONFLICT (unit) DO NOTHING
                    """)
                guard inserted == 1 else { throw Problem.alreadyExists("bureau \(bureau.unit)") }
            } else {
                let changed = try tx.execute(
                    """
                    UPDATE project.opinion_bureau
                    SET aspects = \(aspects), active = \(bureau.isActive), combines = \(bureau.combines), seq = seq + 1
                    WHERE unit = \(bureau.unit.text) AND seq = \(bureau.version)
                    """)
                if changed != 1 {
                    guard
                        let row = try tx.first(
                            "SELECT seq FROM project.opinion_bureau WHERE unit = \(bureau.unit.text)")
                    else { throw Problem.notFound("bureau \(bureau.unit)") }
                    throw Problem.conflict(currentVersion: try row.get("seq"))
                }
            }
        } catch let error as PostgresError where error.isUniqueViolation(constraint: "opinion_bureau_combines") {
            throw Problem.illegalState(zh: "已有其他单位汇总预评估意见", en: "another active bureau combines the opinions")
        }
        return try OpinionBureau(
            unit: bureau.unit, aspects: Set(bureau.aspects), isActive: bureau.isActive, combines: bureau.combines,
            version: bureau.version + 1)
    }

    /// Experts who can be drawn, for one of the aspects, or for any.
    func candidates(_ aspects: [Aspect], in tx: Transaction) throws -> [Expert] {
        var sql: SQL = """
            SELECT id, name, employer, employer_unit, aspects, interests, active, seq FROM project.expert WHERE active
            """
        if !aspects.isEmpty { sql += " AND aspects && \(aspects.map(\.rawValue))" }
        return try tx.query(sql + " ORDER BY id") { row in try reading { try Expert(row) } }
    }

    /// Experts behind an identifier, in its order.
    func experts(after: ExpertID?, limit: Int, in tx: Transaction) throws -> [Expert] {
        try tx.query(
            """
            SELECT id, name, employer, employer_unit, aspects, interests, active, seq FROM project.expert
            WHERE \(after?.uuid)::uuid IS NULL OR id > \(after?.uuid) ORDER BY id LIMIT \(limit)
            """
        ) { row in try reading { try Expert(row) } }
    }

    /// Stores an expert; the version is the one that was read, 0 for a new one.
    ///
    /// - Throws: `Problem` NOT_FOUND or ABORTED.
    func save(_ expert: Expert, in tx: Transaction) throws -> Expert {
        if expert.version == 0 {
            try tx.execute(
                """
                INSERT INTO project.expert (id, name, employer, employer_unit, aspects, interests, active, seq)
                VALUES (\(expert.id.uuid), \(expert.name), \(expert.employer), \(expert.employerUnit?.text),
                    \(expert.aspects.map(\.rawValue)), \(expert.interests), \(expert.isActive), 1)
                """, expecting: 1)
        } else {
            let changed = try tx.execute(
                """
                UPDATE project.expert
                SET name = \(expert.name), employer = \(expert.employer), employer_unit = \(expert.employerUnit?.text),
                    aspects = \(expert.aspects.map(\.rawValue)), interests = \(expert.interests),
                    active = \(expert.isActive), seq = seq + 1
                WHERE id = \(expert.id.uuid) AND seq = \(expert.version)
                """)
            if changed != 1 {
                guard let row = try tx.first("SELECT seq FROM project.expert WHERE id = \(expert.id.uuid)") else {
                    throw Problem.notFound("expert \(expert.id)")
                }
                throw Problem.conflict(currentVersion: try row.get("seq"))
            }
        }
        return try Expert(
            id: expert.id, name: expert.name, employer: expert.employer, employerUnit: expert.employerUnit,
            aspects: Set(expert.aspects), interests: expert.interests, isActive: expert.isActive,
            version: expert.version + 1)
    }
}

extension OpinionBureau {
    fileprivate init(_ row: Row) throws {
        try self.init(
            unit: .stored(row, "unit"), aspects: Set(Aspect.list(row, "aspects")),
            isActive: row.get("active"), combines: row.get("combines"), version: row.get("seq"))
    }
}

extension Expert {
    fileprivate init(_ row: Row) throws {
        try self.init(
            id: ExpertID(row.get("id", as: UUID.self)), name: row.get("name"), employer: row.get("employer"),
            employerUnit: .optional(row, "employer_unit"), aspects: Set(Aspect.list(row, "aspects")),
            interests: row.get("interests"), isActive: row.get("active"), version: row.get("seq"))
    }
}
