import Foundation

/// Compares names as people write them: composed characters, narrow forms of wide letters, one kind of bracket, no
/// spaces, no difference of case (ENT-2).
public enum NameComparison {
    /// The form in which two spellings of one name are equal.
    public static func key(_ name: String) -> String {
        let composed = name.precomposedStringWithCanonicalMapping
        var result = String.UnicodeScalarView()
        for scalar in composed.unicodeScalars {
            if scalar.properties.isWhitespace { continue }
            result.append(fold(scalar))
        }
        return String(result).lowercased()
    }

    /// Wide forms of ASCII become narrow, and the brackets and middle dots that input methods offer become one each.
    private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "（", "〔", "﹙", "【", "[", "［": "("
        case "）", "〕", "﹚", "】", "]", "］": ")"
        case "•", "・", "･", "∙", "⋅": "·"
        case "\u{FF01}"..."\u{FF5E}": Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
        case _: scalar
        }
    }

    /// The name with all but the family name masked (ENT-1, ENT-16): `张三丰` becomes `张**`, `欧阳锋` `欧阳*`.
    public static func masked(_ name: String) -> String {
        let characters = Array(name)
        guard !characters.isEmpty else { return "" }
        let isDouble = characters.count > 2 && doubleFamilyNames.contains(String(characters[..<2]))
        let shown = characters.count == 1 ? 0 : isDouble ? 2 : 1
        return String(characters[..<shown]) + String(repeating: "*", count: characters.count - shown)
    }

    private static let doubleFamilyNames: Set<String> = [
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "长孙", "宇文", "司徒", "司空",
        "端木", "南宫", "西门", "独孤", "轩辕", "呼延", "闻人", "淳于", "太史", "申屠", "澹台", "公冶", "宗政", "濮阳", "单于",
    ]
}
