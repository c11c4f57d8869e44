import Domain
import Foundation
import Testing

@testable import AssessmentDomain

@Suite("ASM-3 decomposition of targets")
struct DecompositionTests {
    private static let seeds: [UInt64] = [1, 2, 3, 5, 8, 13, 21, 34]

    /// Random shares of up to 60 units, with zeros and equal ones among them.
    private func shares(_ random: inout SeededRandom) throws -> [TargetShare] {
        let count = Int.random(in: 1...60, using: &random)
        return try (0..<count).map { index in
            let base = Int64.random(in: 0...20, using: &random) * Int64.random(in: 1...1_000_000_000, using: &random)
            return TargetShare(
                unit: try unit("unit-\(index)"), base: FixedNumber(millionths: index == 0 ? base + 1 : base),
                goal: FixedNumber(millionths: base + 1 + Int64.random(in: 0...1_000_000_000, using: &random)))
        }
    }

    private func methods(_ random: inout SeededRandom, step: Int64) throws -> [TargetMethod] {
        let shares = try shares(&random)
        let total = FixedNumber(millionths: Int64.random(in: 0...1_000_000, using: &random) * step)
        let positive = shares.map {
            TargetShare(unit: $0.unit, base: FixedNumber(millionths: $0.base.millionths + 1_000_000), goal: $0.goal)
        }
        return [
            .weights(total: total, shares),
            .coefficient(FixedNumber(millionths: Int64.random(in: 1...3_000_000, using: &random)), shares),
            .annualGrowth(baseYear: 2019, goalYear: 2025, positive),
            .endGoal(
                total, year: 2025,
                growthPercent: FixedNumber(millionths: Int64.random(in: -50...50, using: &random) * 1_000_000),
                shares),
        ]
    }

    @Test("ASM-3 the parts add up to the whole, by every method and seed", arguments: seeds)
    func partsAddUp(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "decomposition")
        for _ in 0..<20 {
            let decimals = Int.random(in: 0...6, using: &random)
            let indicator = try indicator(decimals: decimals)
            for method in try methods(&random, step: indicator.step) {
                let parts = try method.decomposed(for: indicator, year: 2020)
                #expect(parts.sum == Int128(parts.total.millionths), "\(seed) \(method)")
                #expect(parts.rows.allSatisfy { $0.target >= .zero && indicator.fits($0.target) })
            }
        }
    }

    @Test("ASM-3 the order of the units does not matter", arguments: seeds)
    func orderDoesNotMatter(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "order")
        let indicator = try indicator(decimals: 0)
        for _ in 0..<20 {
            let shares = try shares(&random)
            let total = FixedNumber(whole: Int64.random(in: 0...1_000, using: &random))
            let straight = try TargetMethod.weights(total: total, shares).decomposed(for: indicator, year: 2020)
            let shuffled = try TargetMethod.weights(total: total, shares.shuffled(using: &random))
                .decomposed(for: indicator, year: 2020)
            #expect(straight == shuffled)
        }
    }

    @Test("ASM-3 no part is a step or more from its exact share, and a second run gives the same", arguments: seeds)
    func roundingIsStable(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "stability")
        let indicator = try indicator(decimals: 2)
        for _ in 0..<20 {
            let shares = try shares(&random)
            let total = FixedNumber(millionths: Int64.random(in: 0...9_999_999, using: &random) * indicator.step)
            let method = TargetMethod.weights(total: total, shares)
            let parts = try method.decomposed(for: indicator, year: 2020)
            #expect(try method.decomposed(for: indicator, year: 2020) == parts)
            let sum = shares.reduce(Int128(0)) { $0 + Int128($1.base.millionths) }
            let bases = Dictionary(uniqueKeysWithValues: shares.map { ($0.unit, Int128($0.base.millionths)) })
            for row in parts.rows {
                let exact = Int128(total.millionths) * (bases[row.unit] ?? 0)
                let distance = Int128(row.target.millionths) * sum - exact
                #expect(distance.magnitude < UInt128(sum) * UInt128(indicator.step))
            }
        }
    }

    @Test("ASM-3 equal remainders go to the unit whose slug comes first")
    func ties() throws {
        let shares = try ["c", "a", "b"].map { TargetShare(unit: try unit($0), base: FixedNumber(whole: 1)) }
        let parts = try TargetMethod.weights(total: FixedNumber(whole: 10), shares)
            .decomposed(for: indicator(decimals: 0), year: 2020)
        #expect(parts.rows.map(\.unit.text) == ["a", "b", "c"])
        #expect(parts.rows.map(\.target.description) == ["4", "3", "3"])
    }

    @Test("ASM-3 a coefficient on last year's bases gives the whole rounded half up")
    func coefficient() throws {
        let shares = try [("a", "10.01"), ("b", "20.02")].map {
            TargetShare(unit: try unit($0.0), base: try fixed($0.1))
        }
        let parts = try TargetMethod.coefficient(try fixed("1.15"), shares).decomposed(for: indicator(), year: 2020)
        // 30.03 × 1.15 = 34.5345; the parts are 11.5115 and 23.023.
        #expect(parts.total.description == "34.53")
        #expect(parts.rows.map(\.target.description) == ["11.51", "23.02"])
    }

    @Test("ASM-3 the root is the greatest twelve-decimal number whose power does not exceed the quotient")
    func roots() throws {
        let two = try #require(GrowthFactor(from: FixedNumber(whole: 1), to: FixedNumber(whole: 2), years: 2))
        #expect(two.units == 1_414_213_562_373)
        let exact = try #require(GrowthFactor(from: FixedNumber(whole: 1_000), to: FixedNumber(whole: 1_331), years: 3))
        #expect(exact.units == 1_100_000_000_000)
        let cube = try #require(GrowthFactor(from: FixedNumber(whole: 1), to: FixedNumber(whole: 2), years: 3))
        #expect(cube.units == 1_259_921_049_894)
        #expect(GrowthFactor(from: FixedNumber(millionths: 1), to: FixedNumber(whole: 1_000_000), years: 1) == nil)
    }

    @Test("ASM-3 average annual growth and its way backward meet in the same year")
    func growthBothWays() throws {
        let share = TargetShare(
            unit: try unit("a"), base: FixedNumber(whole: 100), goal: try fixed("161.051"))
        let forward = try TargetMethod.annualGrowth(baseYear: 2019, goalYear: 2024, [share])
            .decomposed(for: indicator(), year: 2020)
        #expect(forward.total.description == "110")
        let backward = try TargetMethod.endGoal(
            try fixed("161.051"), year: 2024, growthPercent: FixedNumber(whole: 10), [share]
        ).decomposed(for: indicator(), year: 2020)
        #expect(backward.total.description == "110")
        let lastYear = try TargetMethod.annualGrowth(baseYear: 2019, goalYear: 2024, [share])
            .decomposed(for: indicator(decimals: 6), year: 2024)
        // The root is rounded down, so the last year comes within a millionth of the goal.
        #expect((try fixed("161.051")).millionths - lastYear.total.millionths <= 1)
    }

    @Test("ASM-3 the printed tables of 2020 are taken as they stand, and what does not add up is shown")
    func tables() throws {
        let tables = try Tables.read()
        var found: [String: [TargetMismatch]] = [:]
        for table in tables.indicators {
            let rows = try table.rows.map { row in
                TargetRow(unit: try unit(try #require(Tables.slugs[row.unit])), target: try fixed(row.target))
            }
            let content = TargetContent(
                method: .set(total: try fixed(table.total), rows: rows, source: "泰安市2020年招商引资任务"),
                longerGoals: table.id == "firms-500m" ? [LongerGoal(year: 2025, total: FixedNumber(whole: 10))] : [])
            let id = TargetsID(UUID())
            var targets = try Targets.draft(content, of: indicator(table.id), year: tables.year, id: id, by: drafter)
            found[table.id] = targets.newest.mismatches
            if targets.newest.mismatches.isEmpty {
                try targets.submit()
            } else {
                #expect(throws: TargetError.notAcknowledged) { try targets.submit() }
                try targets.acknowledge(by: drafter)
                try targets.submit()
            }
            #expect(targets.newest.decomposition.rows.count == table.rows.count)
        }
        #expect(found["service-trade"] == [.sum(stated: try fixed("35.16"), found: try fixed("35.14"))])
        #expect(
            found["firms-500m"] == [
                .longerGoal(year: 2025, stated: FixedNumber(whole: 10), found: FixedNumber(whole: 11))
            ])
        #expect(found.filter { !$0.value.isEmpty }.keys.sorted() == ["firms-500m", "service-trade"])
    }

    @Test("ASM-3 every field at fault is named")
    func faults() throws {
        let subject = try indicator()
        func fields(_ method: TargetMethod) -> [String] {
            do throws(InvalidFields) {
                _ = try method.decomposed(for: subject, year: 2020)
                return []
            } catch {
                return error.errors.map(\.field)
            }
        }
        let twice = TargetShare(unit: try unit("a"), base: .zero)
        #expect(
            fields(.weights(total: try fixed("1.001"), [twice, twice])) == [
                "content.method.weights.total", "content.method.weights.shares[1].unit_id",
                "content.method.weights.shares",
            ])
        #expect(
            fields(.annualGrowth(baseYear: 2020, goalYear: 2019, [twice])).contains(
                "content.method.annual_growth.shares[0].goal"))
        #expect(
            fields(.endGoal(.zero, year: 2051, growthPercent: FixedNumber(whole: -100), [])) == [
                "content.method.end_goal.goal_year", "content.method.end_goal.growth_percent",
                "content.method.end_goal.shares",
            ])
    }
}
