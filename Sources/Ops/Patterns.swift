import Graphs

/// Every pattern of several nodes that one step can run together.
package enum Patterns {
    package static let all: [Pattern] = Pattern.convolutions + Pattern.norms + Pattern.sums + Pattern.concatenations
}
