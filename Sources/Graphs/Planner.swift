import Tensors

/// Covers a graph with patterns, each node once, at the least price, and lays the result out.
///
/// Instruction selection by tree covering (Aho & Johnson 1976): a pure function of graph, options and patterns.
package struct Planner {
    private let graph: Graph
    private let options: PlanOptions
    private let patterns: [Pattern]
    /// The node that makes each value; nil for values from outside.
    private let makers: [Int?]
    /// How many nodes read each value; one more where it is an output.
    private let readers: [Int]
    /// What each layer makes in the end.
    private let lastOfLayer: [String: Graph.Value]

    /// Nodes that one step runs, and what that costs with all that it alone needs.
    private struct Choice {
        var nodes: [Int]
        var pattern: Pattern?
        /// Of this step alone.
        var own: Int64
        var price: Int64
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
        let writes = gradientWrites(cover)
        let gradients = gradientPlaces(cover, memory)
        var places = [Slot?](repeating: nil, count: graph.valueCount)
        var makers = [Int?](repeating: nil, count: graph.valueCount)
        for input in graph.inputs {
            places[input.value.id] = memory.slot(
                input.name, input.value.shape, gradient: gradients[input.value.id])
        }
        var steps: [any Step] = []
        var sources: [[Int]] = []
        var outputs: [Slot] = []
        var lines: [String] = []
        for (place, choice) in cover.enumerated() {
            let nodes = choice.nodes.map { graph.nodes[$0] }
            let last = nodes[nodes.count - 1]
            let inputs = nodes[0].inputs.map { places[$0.id]! }
            makers[last.output.id] = steps.count
            if last.op.isAlias {
                places[last.output.id] = inputs[0].reshaped(last.output.shape, name: last.layer)
                makers[last.output.id] = makers[nodes[0].inputs[0].id]
                continue
            }
            let output = memory.slot(
                last.layer, last.output.shape, gradient: gradients[last.output.id],
                isListed: lastOfLayer[last.layer] == last.output)
            places[last.output.id] = output
            let site = Site(
                nodes: nodes, maker: self.makers[nodes[0].inputs[0].id].map { graph.nodes[$0] }, inputs: inputs,
                output: output, gradients: writes[place])
            let step = choice.pattern?.compile(site, memory) ?? nodes[0].op.compile(site, memory)
            sources.append(nodes[0].inputs.compactMap { makers[$0.id] })
            steps.append(step)
            outputs.append(output)
            lines.append(
                "\(site.layers.joined(separator: " + ")): \(choice.pattern?.name ?? last.op.name)"
                    + (step.form.isEmpty ? "" : ", \(step.form)") + ", price \(choice.own)")
        }
        return ExecutionPlan(
            memory, steps: steps, outputs: outputs, places: places, makers: makers, sources: sources,
            description: lines.joined(separator: "\n"))
    }

    /// Whether the loss's gradient with respect to each value is wanted: by who gave it, or for weights before it.
    private func gradientNeeds() -> [Bool] {
        var needs = [Bool](repeating: false, count: graph.valueCount)
        for input in graph.inputs { needs[input.value.id] = input.needsGradient }
        for node in graph.nodes {
            needs[node.output.id] = !node.parameters.isEmpty || node.inputs.contains { needs[$0.id] }
        }
        return needs
    }

    /// Values that share memory, by one of them: they share their gradient too.
    private func roots() -> [Int] {
        var roots = Array(0..<graph.valueCount)
        for node in graph.nodes where node.op.isAlias { roots[node.output.id] = roots[node.inputs[0].id] }
        return roots
    }

    /// Where the gradient of each value of its own stands in the arena; nil where there is none.
    ///
    /// From the step that reads a value last, which the backward pass runs first, to the one that makes it.
    private func gradientPlaces(_ cover: [Choice], _ memory: MemoryPlan) -> [Int?] {
        var places = [Int?](repeating: nil, count: graph.valueCount)
        guard options.trains else { return places }
        let (roots, needs) = (roots(), gradientNeeds())
        // From outside, or to it: the whole pass.
        var first = [Int](repeating: 0, count: graph.valueCount)
        var last = [Int?](repeating: nil, count: graph.valueCount)
        for seed in graph.seeds { last[roots[seed.id]] = cover.count }
        for (place, choice) in cover.enumerated() {
            let nodes = choice.nodes
            if nodes.count == 1 && graph.nodes[nodes[0]].op.isAlias { continue }
            for input in graph.nodes[nodes[0]].inputs {
                let root = roots[input.id]
                last[root] = max(last[root] ?? place, place)
            }
            first[graph.nodes[nodes[nodes.count - 1]].output.id] = place
        }
        let shapes = graph.inputs.map { $0.value } + cover.map { graph.nodes[$0.nodes[$0.nodes.count - 1]].output }
        let values = shapes.filter { roots[$0.id] == $0.id && needs[$0.id] }
        let slots = GradientSlots(
            values.map { value in
                // What nobody reads keeps the zeros that it begins with.
                let (start, end) = last[value.id].map { (first[value.id], $0) } ?? (0, cover.count)
                return GradientSlots.Life(count: memory.gradientCount(value.shape), steps: start...end)
            })
        let base = memory.allocate(slots.count)
        for (value, place) in zip(values, slots.places) { places[value.id] = base + place }
        return places
    }

    /// For each step and input what it does with the gradient there.
    private func gradientWrites(_ cover: [Choice]) -> [[GradientWrite]] {
        let (roots, needs) = (roots(), gradientNeeds())
        // What comes from outside is there before the first step of the backward pass.
        var isWritten = [Bool](repeating: false, count: graph.valueCount)
        for seed in graph.seeds { isWritten[roots[seed.id]] = true }
        var writes = [[GradientWrite]](repeating: [], count: cover.count)
        for (place, choice) in cover.enumerated().reversed() {
            let node = graph.nodes[choice.nodes[0]]
            if node.op.isAlias && choice.nodes.count == 1 { continue }
            writes[place] = node.inputs.map { input in
                let root = roots[input.id]
                guard options.trains && needs[root] else { return .none }
                defer { isWritten[root] = true }
                return isWritten[root] ? .add : .write
            }
        }
        return writes
    }
}
