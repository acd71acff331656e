/// Moments as text.
package enum Timestamp {
    /// A moment to the second in UTC, as RFC 3339 has it: `2026-03-01T09:05:00Z`.
    /// - Parameter seconds: Since 1970.
    package static func text(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.down))
        let day = (whole - (whole % 86_400 + 86_400) % 86_400) / 86_400
        let second = whole - day * 86_400
        // Days since 0000-03-01, in eras of 400 years (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let days = day + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func digits(_ number: Int, _ count: Int = 2) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(year, 4))-\(digits(month))-\(digits(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1))T"
            + "\(digits(second / 3600)):\(digits(second / 60 % 60)):\(digits(second % 60))Z"
    }
}
