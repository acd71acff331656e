/// Places for gradients that share memory where they are not needed at the same time.
///
/// A gradient lives in the backward pass from its value's last reader to its maker. Large ones are placed first, each at
/// the lowest place where none stands that lives while it does.
struct GradientSlots {
    /// One gradient: its floats, and the steps of the backward pass that it lives through, both ends included.
    struct Life {
        let count: Int
        let steps: ClosedRange<Int>
    }

    /// A place for each, in their order.
    let places: [Int]
    /// Floats of all of them together.
    let count: Int

    init(_ lives: [Life]) {
        var places = [Int](repeating: 0, count: lives.count)
        var placed: [Int] = []
        var most = 0
        let order = lives.indices.sorted { a, b in
            lives[a].count == lives[b].count ? a < b : lives[a].count > lives[b].count
        }
        for number in order {
            let life = lives[number]
            let others =
                placed.filter { lives[$0].steps.overlaps(life.steps) }
                .map { places[$0]..<places[$0] + lives[$0].count }
                .sorted { $0.lowerBound < $1.lowerBound }
            var place = 0
            for other in others where place + life.count > other.lowerBound { place = max(place, other.upperBound) }
            places[number] = place
            placed.append(number)
            most = max(most, place + life.count)
        }
        self.places = places
        count = most
    }
}
