import Tensors

// How long each value and each gradient is needed, and where they stand meanwhile.
extension Planner {
    /// Places in the arena by the values' ids; nil of what has no memory of its own.
    struct Places {
        var values: [Int?]
        var gradients: [Int?]
    }

    /// - Parameter steps: What each step runs, aliases left out.
    func place(_ steps: [Choice], _ memory: MemoryPlan) -> Places {
        let needs = gradientNeeds()
        let (values, gradients) = lifetimes(steps, needs)
        var places = Places(values: values.map { _ in nil }, gradients: gradients.map { _ in nil })
        let shapes = graph.inputs.map { $0.value } + steps.map { output($0) }
        let owners = shapes.filter { values[$0.id] != nil }
        let slopes = shapes.filter { gradients[$0.id] != nil }
        let shared = memory.share(
            owners.map { (shape: $0.shape, times: values[$0.id]!) }
                + slopes.map { (shape: $0.shape, times: gradients[$0.id]!) })
        for (value, place) in zip(owners, shared) { places.values[value.id] = place }
        for (value, place) in zip(slopes, shared[owners.count...]) { places.gradients[value.id] = place }
        // A gradient that no step writes keeps the zeros that it begins with.
        for value in owners where options.trains && needs[value.id] && gradients[value.id] == nil {
            places.gradients[value.id] = memory.allocate(options.microBatch * value.shape.count)
        }
        return places
    }

    /// When each value, and its gradient, is needed.
    ///
    /// A value from the step that makes it to the last that reads it, forward or backward; a gradient from the value's
    /// last reader, which the backward pass runs first, to the value's maker. What comes from outside or goes there is
    /// always in place.
    private func lifetimes(
        _ steps: [Choice], _ needs: [Bool]
    ) -> (values: [ClosedRange<Int>?], gradients: [ClosedRange<Int>?]) {
        let times = PassTimes(steps: steps.count)
        let roots = roots()
        var values = [ClosedRange<Int>?](repeating: nil, count: graph.valueCount)
        var gradients = values
        func extend(_ ranges: inout [ClosedRange<Int>?], _ value: Graph.Value, to time: Int) {
            let root = roots[value.id]
            ranges[root] = ranges[root].map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
        }
        func extendGradient(_ value: Graph.Value, to time: Int) {
            if options.trains && needs[roots[value.id]] { extend(&gradients, value, to: time) }
        }
        for value in graph.inputs.map({ $0.value }) + graph.outputs { values[roots[value.id]] = times.all }
        for seed in graph.seeds { extendGradient(seed, to: times.turn) }
        for (step, choice) in steps.enumerated() {
            let reads = options.trains ? choice.backwardReads(graph) : .nothing
            extend(&values, output(choice), to: times.forward(step))
            if reads.output { extend(&values, output(choice), to: times.backward(step)) }
            for input in inputs(choice) {
                extend(&values, input, to: times.forward(step))
                if reads.inputs { extend(&values, input, to: times.backward(step)) }
                extendGradient(input, to: times.backward(step))
            }
        }
        // To what makes it, and out of the graph where it came from outside; nothing where nobody writes it.
        for (step, choice) in steps.enumerated() where gradients[output(choice).id] != nil {
            extendGradient(output(choice), to: times.backward(step))
        }
        for input in graph.inputs where gradients[input.value.id] != nil {
            extendGradient(input.value, to: times.all.upperBound)
        }
        return (values, gradients)
    }

    func inputs(_ choice: Choice) -> [Graph.Value] { graph.nodes[choice.nodes[0]].inputs }

    func output(_ choice: Choice) -> Graph.Value { graph.nodes[choice.nodes[choice.nodes.count - 1]].output }

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

    /// For each step and input what it does with the gradient there.
    func gradientWrites(_ steps: [Choice]) -> [[GradientWrite]] {
        let (roots, needs) = (roots(), gradientNeeds())
        // What comes from outside is there before the first step of the backward pass.
        var isWritten = [Bool](repeating: false, count: graph.valueCount)
        for seed in graph.seeds { isWritten[roots[seed.id]] = true }
        var writes = [[GradientWrite]](repeating: [], count: steps.count)
        for (step, choice) in steps.enumerated().reversed() {
            writes[step] = inputs(choice).map { input in
                let root = roots[input.id]
                guard options.trains && needs[root] else { return .none }
                defer { isWritten[root] = true }
                return isWritten[root] ? .add : .write
            }
        }
        return writes
    }
}
