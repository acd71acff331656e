/// Some of so many things, at even distances from the first on.
///
/// The explorer's page does the same in `page/source.js`.
package struct Spread: Hashable, Sendable {
    /// How many are taken, and of how many.
    package let count, total: Int

    /// Takes at most `most`, or all where they are no more.
    package init(_ most: Int, of total: Int) {
        (count, self.total) = (min(max(0, most), total), total)
    }

    /// Where one of those that are taken stands among all.
    package subscript(_ index: Int) -> Int { index * total / count }

    /// Where they stand, in order.
    package var positions: [Int] { (0..<count).map { self[$0] } }
}
