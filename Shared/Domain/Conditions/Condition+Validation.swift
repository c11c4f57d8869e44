extension Condition {
    /// Checks shape and meaning: depth, number of criteria, no empty branch, known attributes and lists, and agreement
    /// of types (POL-4, XCT-12).
    ///
    /// - Parameters:
    ///   - attributes: The attributes that may be named.
    ///   - lists: The lists that may be named; nil when lists are not checked here.
    ///   - path: Where the condition stands, for the error.
    /// - Throws: ``DomainError`` whose field is the path of the first offending node, such as
    ///   `condition.all[2].any[0]`.
    public func validate(
        attributes: AttributeDictionary = .standard, lists: ListDictionary? = nil, path: String = "condition"
    ) throws(DomainError) {
        var leaves = 0
        try check(ConditionContext(attributes: attributes, lists: lists, root: path), path, depth: 1, &leaves)
    }

    private func check(
        _ context: ConditionContext, _ path: String, depth: Int, _ leaves: inout Int
    ) throws(DomainError) {
        guard depth <= Self.maximumDepth else { throw DomainError(path, .tooDeep(limit: Self.maximumDepth)) }
        switch self {
        case .not(let inner):
            try inner.check(context, "\(path).not", depth: depth + 1, &leaves)
        case .all(let children), .any(let children):
            try check(children, context, path, depth, &leaves)
        case .atLeast(let count, of: let children):
            guard children.isEmpty || (1...children.count).contains(count) else {
                throw DomainError(path, .outOfRange("1 to \(children.count)"))
            }
            try check(children, context, path, depth, &leaves)
        case .criterion(let criterion):
            leaves += 1
            guard leaves <= Self.maximumLeaves else {
                throw DomainError(context.root, .tooMany(limit: Self.maximumLeaves))
            }
            try context.check(criterion, path)
        }
    }

    private func check(
        _ children: [Condition], _ context: ConditionContext, _ path: String, _ depth: Int, _ leaves: inout Int
    ) throws(DomainError) {
        guard !children.isEmpty else { throw DomainError(path, .empty) }
        // Every child holds a criterion at least, so this bounds the work before descending.
        guard children.count <= Self.maximumLeaves else {
            throw DomainError(path, .tooMany(limit: Self.maximumLeaves))
        }
        for (index, child) in children.enumerated() {
            try child.check(context, "\(path).\(branchName)[\(index)]", depth: depth + 1, &leaves)
        }
    }
}

/// What criteria are checked against.
private struct ConditionContext {
    let attributes: AttributeDictionary
    let lists: ListDictionary?
    let root: String

    func check(_ criterion: Criterion, _ path: String) throws(DomainError) {
        switch criterion {
        case .attribute(let key, let comparison):
            try check(comparison, attributes.definition(of: key, field: path), path)
        case .list(let list):
            if let lists, !lists.contains(list) { throw DomainError(path, .unknown("list \(list)")) }
        case .regionWithin:
            break
        case .industryWithinAny(let industries):
            guard !industries.isEmpty else { throw DomainError(path, .empty) }
            guard industries.count <= Condition.maximumLeaves else {
                throw DomainError(path, .tooMany(limit: Condition.maximumLeaves))
            }
        }
    }

    private func check(
        _ comparison: Comparison, _ definition: AttributeDefinition, _ path: String
    ) throws(DomainError) {
        switch comparison {
        case .exists:
            break
        case .equal(let value), .notEqual(let value):
            try check(value, definition, path)
        case .less(let value), .lessOrEqual(let value), .greater(let value), .greaterOrEqual(let value):
            try checkOrdered(definition, path)
            try check(value, definition, path)
        case .between(let lower, let upper):
            try checkOrdered(definition, path)
            try check(lower, definition, path)
            try check(upper, definition, path)
            if let order = lower.order(to: upper), order > 0 { throw DomainError(path, .disorder) }
        case .oneOf(let codes):
            guard definition.type == .text || definition.type == .set else {
                throw DomainError(path, .wrongType(expected: definition.type.rawValue, found: "set of codes"))
            }
            guard !codes.isEmpty else { throw DomainError(path, .empty) }
            guard codes.count <= Condition.maximumLeaves else {
                throw DomainError(path, .tooMany(limit: Condition.maximumLeaves))
            }
            for code in codes.sorted() { try check(code: code, definition, path) }
        case .before, .after:
            guard definition.type == .date else {
                throw DomainError(path, .wrongType(expected: definition.type.rawValue, found: "date"))
            }
        }
    }

    private func checkOrdered(_ definition: AttributeDefinition, _ path: String) throws(DomainError) {
        guard definition.type.isOrdered else {
            throw DomainError(path, .notApplicable("order of \(definition.type.rawValue) values"))
        }
    }

    private func check(
        _ value: AttributeValue, _ definition: AttributeDefinition, _ path: String
    ) throws(DomainError) {
        // A whole number is a decimal; every other type must be named as it is.
        let agrees = value.type == definition.type || (definition.type == .decimal && value.type == .integer)
        guard agrees else {
            throw DomainError(
                path, .wrongType(expected: definition.type.rawValue, found: value.type.rawValue))
        }
        switch value {
        case .text(let code): try check(code: code, definition, path)
        case .set(let codes): for code in codes.sorted() { try check(code: code, definition, path) }
        case .boolean, .integer, .decimal, .money, .ratio, .date: break
        }
    }

    private func check(code: String, _ definition: AttributeDefinition, _ path: String) throws(DomainError) {
        guard definition.codes.isEmpty || definition.codes[code] != nil else {
            throw DomainError(path, .unknown("code of \(definition.key)"))
        }
    }
}
