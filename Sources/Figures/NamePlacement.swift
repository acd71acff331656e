/// Where the names of classes stand on a scatter: at a member of each, and none over another.
///
/// The explorer's page does the same in `page/names.js`.
package enum NamePlacement {
    /// A name's place: its middle, and what it covers.
    package struct Box: Hashable, Sendable {
        package var x: Double
        package var y: Double
        package let width: Double
        package let height: Double

        package init(x: Double, y: Double, width: Double, height: Double) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    /// Members that a class is judged by; more would change its middle by less than a name is wide.
    private static let sample = 128

    /// The member with the smallest sum of distances to the others; nil of none.
    ///
    /// A middle that is one of them, unlike a median, which may lie in another class.
    package static func medoid(of members: [(x: Double, y: Double)]) -> (x: Double, y: Double)? {
        let count = min(sample, members.count)
        let chosen = (0..<count).map { members[$0 * members.count / count] }
        func sum(_ one: (x: Double, y: Double)) -> Double {
            chosen.reduce(0) { total, other in
                let (x, y) = (one.x - other.x, one.y - other.y)
                return total + (x * x + y * y).squareRoot()
            }
        }
        return chosen.map { ($0, sum($0)) }.min { $0.1 < $1.1 }?.0
    }

    /// Boxes moved until none covers another, each pair along the shorter way, within the bounds.
    package static func apart(
        _ boxes: [Box], x horizontal: ClosedRange<Double>, y vertical: ClosedRange<Double>
    ) -> [Box] {
        var boxes = boxes
        var isMoved = true
        for _ in 0..<500 where isMoved {
            isMoved = false
            for index in boxes.indices {
                boxes[index].x = boxes[index].x.clamped(to: horizontal, margin: boxes[index].width / 2)
                boxes[index].y = boxes[index].y.clamped(to: vertical, margin: boxes[index].height / 2)
            }
            for first in boxes.indices {
                for second in boxes.indices.dropFirst(first + 1) {
                    let (a, b) = (boxes[first], boxes[second])
                    let across = (a.width + b.width) / 2 - (a.x - b.x).magnitude
                    let down = (a.height + b.height) / 2 - (a.y - b.y).magnitude
                    guard across > 0, down > 0 else { continue }
                    isMoved = true
                    let axis = across < down ? \Box.x : \Box.y
                    let step = (min(across, down) / 2 + 0.01) * (a[keyPath: axis] <= b[keyPath: axis] ? 1 : -1)
                    boxes[first][keyPath: axis] -= step
                    boxes[second][keyPath: axis] += step
                }
            }
        }
        return boxes
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>, margin: Double) -> Double {
        max(range.lowerBound + margin, min(range.upperBound - margin, self))
    }
}
