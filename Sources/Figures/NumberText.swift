/// Numbers as text: the same bytes on every machine, in every locale.
package enum NumberText {
    /// `value` with exactly `places` decimals: `33.90`.
    ///
    /// Halves round away from zero, and there is no negative zero. A value that is not finite, or too large to be
    /// rounded in a Double's 53 bits, is written as Swift describes it.
    package static func fixed(_ value: Double, places: Int) -> String {
        let power = (0..<places).reduce(1) { power, _ in power * 10 }
        let scaled = (value.magnitude * Double(power)).rounded()
        guard scaled < 0x1p53 else { return "\(value)" }
        let (whole, rest) = Int(scaled).quotientAndRemainder(dividingBy: power)
        let sign = value < 0 && scaled > 0 ? "-" : ""
        if places == 0 { return "\(sign)\(whole)" }
        let digits = "\(rest)"
        return "\(sign)\(whole)." + String(repeating: "0", count: places - digits.count) + digits
    }

    /// `value` with at most `places` decimals: `33.9`, `34`.
    package static func short(_ value: Double, places: Int = 2) -> String {
        var text = fixed(value, places: places)
        guard value.isFinite, text.contains("."), !text.contains("e") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// A setting in at most six decimals, or whole where those would say something else: `1e-09` rather than `0`.
    package static func brief(_ value: Double) -> String {
        let text = short(value, places: 6)
        return Double(text).map { abs($0 - value) <= 1e-4 * value.magnitude } == true ? text : "\(value)"
    }

    /// A name in at most so many letters: the first ones, or of a path the last ones, which tell it from others.
    package static func shortened(_ name: String, to letters: Int, isPath: Bool = false) -> String {
        guard name.count > letters else { return name }
        return isPath ? "…" + name.suffix(letters - 1) : name.prefix(letters - 1) + "…"
    }

    /// The same for people, with a true minus sign: `−3`.
    package static func typeset(_ text: String) -> String {
        text.hasPrefix("-") ? "−" + text.dropFirst() : text
    }
}
