/// A JSON document (RFC 8259), members in the order in which they stand.
///
/// Read by `init(parsing:source:)`, which is strict, and written by `serialized(indented:)`, which gives the
/// same bytes for the same value.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number written without point or exponent that fits 64 bits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// A key of an object and its value.
    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }
}

extension JSONValue {
    /// The value of a member; nil where there is none or this is no object.
    ///
    /// Takes time linear in the members.
    package subscript(key: String) -> JSONValue? {
        object?.first { $0.key == key }?.value
    }

    /// The members, if this is an object.
    package var object: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements, if this is an array.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text, if this is a string.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The truth value, if this is one.
    package var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    /// The number, if this is one without point or exponent.
    package var integer: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The nearest number, if this is one, or is one of the strings that stand for `NaN` and the infinities.
    package var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: nil
        }
    }

    /// What kind of value this is, for errors: `an object`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Keeps the order of the members; a key may stand only once.
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        precondition(Set(members.map { $0.0 }).count == members.count, "a key stands twice")
        self = .object(members.map { Member($0.0, $0.1) })
    }
}
