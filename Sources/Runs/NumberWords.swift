/// 170229 as "170,229", whatever the locale.
package func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (position, digit) in digits.enumerated() {
        if position > 0, (digits.count - position).isMultiple(of: 3) { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
}

/// 1 as "1 image", 60000 as "60,000 images".
package func imageCount(_ number: Int) -> String {
    "\(grouped(number)) image\(number == 1 ? "" : "s")"
}
