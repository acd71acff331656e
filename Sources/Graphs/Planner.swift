import Tensors

/// Covers a graph with patterns, each node once, at the least price, and lays the result out.
///
/// Instruction selection by tree covering (Aho & Johnson 1976): a pure function of graph, options and patterns.
package struct Planner {
    let graph: Graph
    let options: PlanOptions
    private let patterns: [Pattern]
    /// The node that makes each value; nil for values from outside.
    private let makers: [Int?]
    /// How many nodes read each value; one more where it is an output.
    private let readers: [Int]
    /// What each layer makes in the end.
    private let lastOfLayer: [String: Graph.Value]

    /// Nodes that one step runs, and what that costs with all that it alone needs.
    struct Choice {
        var nodes: [Int]
        var pattern: Pattern?
        /// Of this step alone.
        var own: Int64
        var price: Int64

        /// What its step's backward pass reads.
        func backwardReads(_ graph: Graph) -> BackwardReads {
            pattern?.backwardReads ?? graph.nodes[nodes[0]].op.backwardReads
        }
    }

    /// - Parameter patterns: Of several nodes each; every op runs alone too.
    package static func plan(_ graph: Graph, _ options: PlanOptions, patterns: [Pattern]) -> ExecutionPlan {
        Planner(graph, options, options.fuses ? patterns : []).build()
    }

    private init(_ graph: Graph, _ options: PlanOptions, _ patterns: [Pattern]) {
        self.graph = graph
        self.options = options
        self.patterns = patterns
        var makers = [Int?](repeating: nil, count: graph.valueCount)
        var readers = [Int](repeating: 0, count: graph.valueCount)
        for (i, node) in graph.nodes.enumerated() {
            makers[node.output.id] = i
            for input in node.inputs { readers[input.id] += 1 }
        }
        for output in graph.outputs { readers[output.id] += 1 }
        self.makers = makers
        self.readers = readers
        var lastOfLayer: [String: Graph.Value] = [:]
        for node in graph.nodes { lastOfLayer[node.layer] = node.output }
        self.lastOfLayer = lastOfLayer
    }

    // MARK: - Prices

    /// Multiplications, and eight for each float that goes through memory; in 64 bits in a page too.
    private func price(_ nodes: [Int], _ pattern: Pattern?) -> Int64 {
        let first = graph.nodes[nodes[0]], last = graph.nodes[nodes[nodes.count - 1]]
        if nodes.count == 1 && first.op.isAlias { return 0 }
        let match = Match(nodes: nodes.map { graph.nodes[$0] }, options: options)
        let products =
            pattern?.products.map { Int64($0(match, options)) }
            ?? match.nodes.reduce(0) { $0 + Int64($1.op.products($1.inputShapes, options)) }
        let floats = first.inputs.reduce(last.output.shape.count) { $0 + $1.shape.count }
        return products + 8 * Int64(floats * options.passes)
    }

    /// The nodes that end in one and are of a pattern's kinds; nil where they are not, or others read between them.
    private func match(_ pattern: Pattern, endingIn end: Int) -> [Int]? {
        var nodes = [end]
        guard graph.nodes[end].op.kind == pattern.kinds[pattern.kinds.count - 1] else { return nil }
        for kind in pattern.kinds.dropLast().reversed() {
            let node = graph.nodes[nodes[0]]
            guard node.inputs.count == 1, readers[node.inputs[0].id] == 1,
                let maker = makers[node.inputs[0].id], graph.nodes[maker].op.kind == kind
            else { return nil }
            nodes.insert(maker, at: 0)
        }
        return pattern.fits(Match(nodes: nodes.map { graph.nodes[$0] }, options: options)) ? nodes : nil
    }

    /// The cheapest way to each node's output; of two equal ones the longer, then the earlier pattern.
    private func choices() -> [Choice] {
        var best: [Choice] = []
        for end in graph.nodes.indices {
            var found: Choice?
            func consider(_ nodes: [Int], _ pattern: Pattern?) {
                let own = price(nodes, pattern)
                // What several read is made in any case, and cuts the graph.
                let sources = graph.nodes[nodes[0]].inputs.filter { readers[$0.id] == 1 }
                let price = sources.reduce(own) { sum, input in sum + (makers[input.id].map { best[$0].price } ?? 0) }
                if let known = found {
                    guard price < known.price || price == known.price && nodes.count > known.nodes.count else { return }
                }
                found = Choice(nodes: nodes, pattern: pattern, own: own, price: price)
            }
            for pattern in patterns {
                if let nodes = match(pattern, endingIn: end) { consider(nodes, pattern) }
            }
            consider([end], nil)
            best.append(found!)
        }
        return best
    }

    /// What each step runs, in the order in which steps can run.
    private func cover() -> [Choice] {
        let best = choices()
        var isCovered = [Bool](repeating: false, count: graph.nodes.count)
        var steps: [Choice] = []
        for end in graph.nodes.indices.reversed() where !isCovered[end] {
            steps.append(best[end])
            for node in best[end].nodes { isCovered[node] = true }
        }
        return steps.reversed()
    }

    // MARK: - Layout

    private func build() -> ExecutionPlan {
        let cover = cover()
        let memory = MemoryPlan(options, parameters: graph.parameterLayout)
        let stepping = cover.filter { !isAlias($0) }
        let writes = gradientWrites(stepping)
        let arena = place(stepping, memory)
        var places = [Slot?](repeating: nil, count: graph.valueCount)
        var makers = [Int?](repeating: nil, count: graph.valueCount)
        func slot(_ name: String, _ value: Graph.Value) -> Slot {
            let slot = Slot(
                name: name, shape: value.shape, offset: arena.values[value.id]!, gradient: arena.gradients[value.id])
            places[value.id] = slot
            return slot
        }
        let inputs = graph.inputs.map { slot($0.name, $0.value) }
        var steps: [any Step] = []
        var sources: [[Int]] = []
        var outputs: [Slot] = []
        var listed: [Int] = []
        var lines: [String] = []
        for choice in cover {
            let nodes = choice.nodes.map { graph.nodes[$0] }
            let last = nodes[nodes.count - 1]
            let inputs = nodes[0].inputs.map { places[$0.id]! }
            if isAlias(choice) {
                places[last.output.id] = inputs[0].reshaped(last.output.shape, name: last.layer)
                makers[last.output.id] = makers[nodes[0].inputs[0].id]
                continue
            }
            makers[last.output.id] = steps.count
            let output = slot(last.layer, last.output)
            if lastOfLayer[last.layer] == last.output { listed.append(steps.count) }
            let site = Site(
                nodes: nodes, maker: self.makers[nodes[0].inputs[0].id].map { graph.nodes[$0] }, inputs: inputs,
                output: output, gradients: writes[steps.count])
            let step = choice.pattern?.compile(site, memory) ?? nodes[0].op.compile(site, memory)
            sources.append(nodes[0].inputs.compactMap { makers[$0.id] })
            steps.append(step)
            outputs.append(output)
            lines.append(
                "\(site.layers.joined(separator: " + ")): \(choice.pattern?.name ?? last.op.name)"
                    + (step.form.isEmpty ? "" : ", \(step.form)") + ", price \(choice.own)")
        }
        return ExecutionPlan(
            memory, steps: steps, inputs: inputs, outputs: outputs, listed: listed, places: places, makers: makers,
            sources: sources, description: lines.joined(separator: "\n"))
    }

    /// Whether it is the same memory under another shape, without a step.
    private func isAlias(_ choice: Choice) -> Bool {
        choice.nodes.count == 1 && graph.nodes[choice.nodes[0]].op.isAlias
    }
}
