/// The language of texts for people.
public enum CallLocale: Sendable, Hashable {
    /// Simplified Chinese, also when nothing is asked for.
    case zh
    /// English.
    case en

    /// The tag in `google.rpc.LocalizedMessage`.
    public var tag: String {
        switch self {
        case .zh: "zh-CN"
        case .en: "en"
        }
    }

    /// Reads `accept-language`: the language of the two with the greatest weight, Chinese when neither is named.
    init(acceptLanguage: String?) {
        var best = (locale: CallLocale.zh, weight: 0.0)
        for range in (acceptLanguage ?? "").prefix(200).split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            guard let tag = parts.first, weight > best.weight else { continue }
            if tag == "zh" || tag.hasPrefix("zh-") {
                best = (.zh, weight)
            } else if tag == "en" || tag.hasPrefix("en-") {
                best = (.en, weight)
            }
        }
        self = best.locale
    }
}
