import AssessmentDomain
import Domain
import Postgres
import ServiceRuntime

/// What stands behind one score (ASM-15).
struct ScoreTrace: Sendable {
    let node: NodeScore
    let input: LeafInput
    let arithmetic: String
    let figure: (figure: DerivedFigure, derivation: Derivation)?
    let events: [TracedContribution]
}

/// Traces a score down to the events that had been consumed when it was computed (ASM-15).
struct TraceScore: Sendable {
    let id: ResultID
    let unit: UnitID
    let code: NodeCode
    let after: (day: CivilDate, source: String, id: String)?
    let limit: Int

    func run(_ store: AssessmentStore, in tx: Transaction) throws -> ScoreTrace {
        let result = try store.result(id, in: tx)
        let content = try store.scheme(result.scheme, revision: result.schemeRevision, in: tx).revision.content
        guard let place = content.nodes.firstIndex(where: { $0.code == code }),
            case .leaf(let indicator, _) = content.nodes[place].content
        else { throw Problem.notFound("leaf \(code)") }
        guard let score = try store.results.score(of: id, unit: unit, in: tx) else {
            throw Problem.notFound("score of \(unit)")
        }
        let indicators = try store.indicators.all(content.indicators, in: tx)
        let inputs = try store.results.inputs(of: result, indicators: indicators, in: tx)
        guard let row = inputs.indicators.firstIndex(of: indicator), let column = inputs.units.firstIndex(of: unit),
            let arithmetic = Scoring(content, period: result.period).arithmetic(of: code, unit: unit, inputs)
        else { throw Problem.notFound("inputs of \(unit)") }
        let input = inputs.leaves[row][column]
        let derivation = indicators[row].source.derivation
        var events: [TracedContribution] = []
        var figure: (figure: DerivedFigure, derivation: Derivation)?
        if let derivation, let counted = input.figure {
            figure = (counted, derivation)
            events = try store.events.trace(
                derivation, in: result.period, unit: unit, upTo: result.eventPlace, after: after, limit: limit, tx: tx)
        }
        return ScoreTrace(
            node: score.nodes[place], input: input, arithmetic: arithmetic, figure: figure, events: events)
    }
}
