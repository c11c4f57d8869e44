/// The text format of Prometheus, version 0.0.4.
enum PrometheusText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Letters, digits and underscores, not starting with a digit.
    static func name(_ label: String) -> String {
        var name = String(
            label.unicodeScalars.map { scalar -> Character in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    ? Character(scalar) : "_"
            })
        if name.first?.isNumber ?? true { name = "_" + name }
        return name
    }

    static func escaped(_ value: String) -> String {
        var escaped = ""
        for character in value {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            case _: escaped.append(character)
            }
        }
        return escaped
    }

    /// Series of one name stand together under one TYPE line, in a stable order.
    static func render(_ series: [MetricsRegistry.Key: MetricsRegistry.Series]) -> String {
        var lines: [String] = []
        let names = Dictionary(grouping: series.keys, by: \.name)
        for name in names.keys.sorted() {
            let keys = (names[name] ?? []).sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
            for (index, key) in keys.enumerated() {
                switch series[key] {
                case .counter(let counter):
                    if index == 0 { lines += header(name, "counter") }
                    lines.append("\(name)\(braces(key.labels)) \(number(counter.total))")
                case .gauge(let gauge):
                    if index == 0 { lines += header(name, "gauge") }
                    lines.append("\(name)\(braces(key.labels)) \(number(gauge.last))")
                case .histogram(let histogram):
                    if index == 0 { lines += header(name, "histogram") }
                    lines += rows(name, key.labels, histogram.snapshot)
                case nil: break
                }
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func header(_ name: String, _ type: String) -> [String] {
        let help = MetricName.help[name].map { ["# HELP \(name) \($0)"] } ?? []
        return help + ["# TYPE \(name) \(type)"]
    }

    private static func rows(_ name: String, _ labels: [String], _ state: HistogramSeries.State) -> [String] {
        var rows: [String] = []
        var cumulated: UInt64 = 0
        for (index, count) in state.counts.enumerated() {
            cumulated += count
            let bound = index < HistogramSeries.bounds.count ? number(HistogramSeries.bounds[index]) : "+Inf"
            rows.append("\(name)_bucket\(braces(labels + ["le=\"\(bound)\""])) \(cumulated)")
        }
        rows.append("\(name)_sum\(braces(labels)) \(number(state.sum))")
        rows.append("\(name)_count\(braces(labels)) \(cumulated)")
        return rows
    }

    private static func braces(_ labels: [String]) -> String {
        labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
    }

    private static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }
}
