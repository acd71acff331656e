import Tensors

/// Several nodes that one step can run together.
package struct Pattern: Sendable {
    /// As a plan's text names it.
    package let name: String
    /// Kinds of its nodes, producers first; inner values have one reader.
    let kinds: [String]
    /// Whether its step can run these nodes.
    let fits: @Sendable (Match) -> Bool
    /// Multiplications of all passes over one image; nil for the sum of its nodes' own.
    let products: (@Sendable (Match, PlanOptions) -> Int)?
    /// What its step's backward pass reads.
    let backwardReads: BackwardReads
    let compile: @Sendable (Site, MemoryPlan) -> any Step

    package init(
        _ name: String, _ kinds: [String], fits: @escaping @Sendable (Match) -> Bool = { _ in true },
        products: (@Sendable (Match, PlanOptions) -> Int)? = nil, backwardReads: BackwardReads,
        compile: @escaping @Sendable (Site, MemoryPlan) -> any Step
    ) {
        self.name = name
        self.kinds = kinds
        self.fits = fits
        self.products = products
        self.backwardReads = backwardReads
        self.compile = compile
    }
}

/// Nodes that a pattern's kinds fit.
package struct Match {
    package let nodes: [Graph.Node]
    package let options: PlanOptions

    /// The op of one of them.
    package func op<Wanted: Op>(_ place: Int, _ type: Wanted.Type) -> Wanted {
        guard let op = nodes[place].op.unwrap(type) else { fatalError("\(nodes[place].name) is no \(Wanted.kind)") }
        return op
    }
}

extension Site {
    /// The op of one of its nodes.
    package func op<Wanted: Op>(_ place: Int, _ type: Wanted.Type) -> Wanted {
        guard let op = nodes[place].op.unwrap(type) else { fatalError("\(nodes[place].name) is no \(Wanted.kind)") }
        return op
    }
}
