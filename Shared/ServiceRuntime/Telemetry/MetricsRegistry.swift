import CoreMetrics
import Synchronization

/// Keeps all metrics of the process in memory, for the endpoint `/metrics`.
///
/// Labels are bounded sets (methods, codes, topics), never identifiers. Timers and recorders become histograms; a
/// timer's unit is seconds.
public final class MetricsRegistry: MetricsFactory, Sendable {
    /// What a series is made of.
    enum Series: Sendable {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    /// Name and labels, the labels sorted by name.
    struct Key: Hashable, Sendable {
        let name: String
        let labels: [String]

        init(_ label: String, _ dimensions: [(String, String)]) {
            name = PrometheusText.name(label)
            labels = dimensions.map { "\(PrometheusText.name($0.0))=\"\(PrometheusText.escaped($0.1))\"" }.sorted()
        }
    }

    private let series = Mutex<[Key: Series]>([:])
    private static let limit = 20_000

    /// The registry of the running service; bootstrapped once by the first service of the process.
    public static let shared: MetricsRegistry = {
        let registry = MetricsRegistry()
        MetricsSystem.bootstrap(registry)
        return registry
    }()

    /// A registry of its own, for tests.
    public init() {}

    /// Makes, or finds, a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// Makes, or finds, a counter of fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    /// Makes, or finds, a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// Makes, or finds, a histogram; without aggregation a gauge of the last value.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : gauge(label, dimensions)
    }

    /// Makes, or finds, a histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    /// Handlers are shared by key and stay for the life of the process, so that counters never go back.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// See `destroyCounter`.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// See `destroyCounter`.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// See `destroyCounter`.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// See `destroyCounter`.
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything in the text format of Prometheus, version 0.0.4.
    public func text() -> String { PrometheusText.render(series.withLock { $0 }) }

    // A name used for two kinds of metric is a mistake in code; the later one counts nowhere rather than crashing.
    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        guard case .counter(let found) = find(label, dimensions, make: { .counter(CounterSeries()) }) else {
            return CounterSeries()
        }
        return found
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        guard case .gauge(let found) = find(label, dimensions, make: { .gauge(GaugeSeries()) }) else {
            return GaugeSeries()
        }
        return found
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        guard case .histogram(let found) = find(label, dimensions, make: { .histogram(HistogramSeries()) }) else {
            return HistogramSeries()
        }
        return found
    }

    private func find(_ label: String, _ dimensions: [(String, String)], make: () -> Series) -> Series {
        let key = Key(label, dimensions)
        return series.withLock { series in
            if let found = series[key] { return found }
            let made = make()
            // A bound on memory, should labels ever grow without one.
            if series.count < Self.limit { series[key] = made }
            return made
        }
    }
}

/// A number that only grows.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let value = Mutex(0.0)

    var total: Double { value.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { value.withLock { $0 += max(0, amount) } }
    func reset() { value.withLock { $0 = 0 } }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler, Sendable {
    private let value = Mutex(0.0)

    var last: Double { value.withLock { $0 } }

    func set(_ amount: Int64) { set(Double(amount)) }
    func set(_ amount: Double) { value.withLock { $0 = amount } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ amount: Int64) { set(Double(amount)) }
    func record(_ amount: Double) { set(amount) }
}

/// Counts by upper bound, with sum and count.
final class HistogramSeries: RecorderHandler, TimerHandler, Sendable {
    struct State {
        var counts = [UInt64](repeating: 0, count: HistogramSeries.bounds.count + 1)
        var sum = 0.0
    }

    /// Upper bounds in seconds, from half a millisecond to half a minute.
    static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private let state = Mutex(State())

    var snapshot: State { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        let index = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }
}
