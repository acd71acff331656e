/// Places for values and gradients that share memory where they are not needed at the same time.
///
/// Large ones are placed first, each at the lowest place where none stands that lives while it does.
package struct SharedPlaces: Sendable {
    /// What is placed: its floats, and the times that it lives through, both ends included.
    package struct Life: Hashable, Sendable {
        package let count: Int
        package let times: ClosedRange<Int>

        package init(count: Int, times: ClosedRange<Int>) {
            self.count = count
            self.times = times
        }
    }

    package let lives: [Life]
    /// A place for each, in their order.
    package let places: [Int]
    /// Floats of all of them together.
    package let count: Int

    /// - Parameter apart: Each has a place of its own.
    package init(_ lives: [Life], apart: Bool = false) {
        self.lives = lives
        var places = [Int](repeating: 0, count: lives.count)
        // By their places.
        var placed: [Int] = []
        var most = 0
        let order = lives.indices.sorted { a, b in
            lives[a].count == lives[b].count ? a < b : lives[a].count > lives[b].count
        }
        for number in order {
            let life = lives[number]
            var (place, isFound) = (0, false)
            for other in placed where !isFound && (apart || lives[other].times.overlaps(life.times)) {
                isFound = place + life.count <= places[other]
                if !isFound { place = max(place, places[other] + lives[other].count) }
            }
            places[number] = place
            placed.insert(number, at: placed.firstIndex { places[$0] >= place } ?? placed.count)
            most = max(most, place + life.count)
        }
        self.places = places
        count = most
    }
}

/// The times of a plan's passes: the steps forward in order, then backward in the opposite one.
package struct PassTimes: Sendable {
    /// Of the plan.
    package let steps: Int

    package init(steps: Int) { self.steps = steps }

    package func forward(_ step: Int) -> Int { step }
    /// Between both passes, when gradients come from outside.
    package var turn: Int { steps }
    package func backward(_ step: Int) -> Int { 2 * steps - step }
    /// From before the first step to behind the last one.
    package var all: ClosedRange<Int> { 0...2 * steps + 1 }
}
