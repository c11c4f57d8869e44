import Domain

/// A text of a request in the one form in which it is stored.
///
/// - Parameters:
///   - length: how many characters it may have.
///   - isLong: whether it may have several lines.
/// - Throws: `InvalidFields` naming `field`.
public func text(
    _ text: String, _ length: ClosedRange<Int>, field: String, isLong: Bool = true
) throws(InvalidFields) -> String {
    let text = stored(text)
    var findings = FieldFindings()
    findings.checkText(text, length, field: field, isLong: isLong)
    try findings.finish()
    return text
}

/// The field `reason` of a request: 1 to 512 characters, none at all where it may be empty.
///
/// - Throws: `InvalidFields`.
public func reason(_ reason: String, mayBeEmpty: Bool = false) throws(InvalidFields) -> String {
    try text(reason, (mayBeEmpty ? 0 : 1)...512, field: "reason")
}
