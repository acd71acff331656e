import Exploration
import ExplorerPage
import Formats
import Graphs
import Ops
import Settings
import Tensors
import TestSupport
import Testing

/// The page's own modules against the ops' definitions in double precision.
@Suite("The page's graphs", .enabled(if: PageSources.node != nil, "needs Node.js"))
struct PageGraphTests {
    private func ask(_ questions: JSONValue) throws -> JSONValue {
        let scratch = Scratch()
        let file = "\(scratch.path)/questions.json"
        try AtomicFile.write(questions.serialized(), to: file)
        let script = PageSources.tests.appending(path: "page-graph.mjs").path
        let outcome = try Program(path: try #require(PageSources.node))
            .run([script, PageSources.folder.path, file], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSONValue(parsing: Array(outcome.output.utf8), source: "page-graph.mjs")
    }

    private func list(_ values: [Float]) -> JSONValue { .array(values.map { .number(Double($0)) }) }

    private func expect(_ found: JSONValue?, near expected: Array64?, _ what: Comment) throws {
        let values = try #require(found?.array, what).map { $0.number ?? .nan }
        let expected = try #require(expected, what)
        try #require(values.count == expected.values.count, what)
        let size = max(1, expected.values.map(abs).max() ?? 1)
        let worst = zip(values, expected.values).map { abs($0 - $1) }.reduce(0) { $0 >= $1 ? $0 : $1 }
        #expect(worst <= 1e-4 * size, what)
    }

    @Test("Every op comes to its definition within 1e-4")
    func everyOp() throws {
        let all = Ops.all + Ops.inner
        var random = TestValues(seed: 6)
        var questions: [JSONValue] = []
        var answers: [(description: String, output: Array64)] = []
        for one in all.flatMap({ $0.cases() }) {
            let inputs = one.inputs.map { Array64($0, random.uniforms($0.count).map { Double($0) }) }
            let declared = one.op.parameters(one.inputs)
            let parameters = declared.map { Array64($0.shape, random.uniforms($0.shape.count).map { Double($0) }) }
            func list(_ array: Array64) -> JSONValue { .array(array.values.map { .number($0) }) }
            func shape(_ shape: Shape) -> JSONValue { .array(shape.dimensions.map { .integer($0) }) }
            questions.append([
                "op": .string(one.op.name), "settings": .object(one.op.settings.map { .init($0.name, $0.value) }),
                "inputs": .array(one.inputs.map(shape)), "shape": shape(try one.op.outputShape(one.inputs)),
                "parameters": .object(zip(declared, parameters).map { .init($0.name, list($1)) }),
                "values": .array(inputs.map(list)),
            ])
            answers.append((one.description, one.op.define(inputs, parameters)))
        }
        let outputs = try #require(try ask(["ops": .array(questions)])["outputs"]?.array)
        #expect(outputs.count == answers.count && answers.count > 20)
        for (found, answer) in zip(outputs, answers) {
            try expect(found, near: answer.output, "\(answer.description)")
        }
    }

    @Test("A graph with strides, padding, groups and branches comes to its definitions within 1e-4")
    func oddGraph() throws {
        let odd = try OddGraph()
        var random = TestValues(seed: 7)
        var parameters: [String: [Float]] = [:]
        for parameter in odd.graph.parameterLayout.parameters {
            parameters[parameter.name] = random.uniforms(parameter.shape.count).map { $0 / 2 }
        }
        let (image, epsilon) = (random.uniforms(odd.image.shape.count), random.uniforms(3))
        let z = random.uniforms(3)
        let seen = odd.values([odd.image.id: image, odd.epsilon.id: epsilon], parameters)
        let decoded = odd.values([odd.image.id: image, odd.epsilon.id: epsilon, odd.z.id: z], parameters)

        var model = JSONWriter()
        model.object(odd.write)
        let found = try ask([
            "graph": [
                "model": try JSONValue(parsing: model.output, source: "the model"),
                "parameters": .object(parameters.map { .init($0, list($1)) }.sorted { $0.key < $1.key }),
                "image": list(image), "epsilon": list(epsilon), "z": list(z),
            ]
        ])["graph"]
        try expect(found?["mean"], near: seen[odd.mean.id], "mean")
        try expect(found?["log_variance"], near: seen[odd.logVariance.id], "log variance")
        try expect(found?["z"], near: seen[odd.z.id], "z")
        try expect(found?["decode"], near: decoded[odd.reconstruction.id], "decode")
        let layers = odd.graph.nodes.filter { $0.layer.contains("/") }
        #expect(found?["layers"]?.object?.count == layers.count)
        for node in layers { try expect(found?["layers"]?[node.layer], near: seen[node.output.id], "\(node.name)") }
        // A code asks for the decoder alone, and an image's code for all but the decoder and the draw.
        let decoder = layers.map(\.layer).filter { $0.hasPrefix("decoder/") }
        #expect(found?["decoder"] == .array(decoder.map { .string($0) }))
        #expect(found?["steps"] == .array([.integer(layers.count - decoder.count), .integer(decoder.count - 1)]))
    }
}

/// Two branches on either side of a code of three dimensions; an upsampling that two transposed convolutions read.
private struct OddGraph {
    let graph: Graph
    let image, mean, logVariance, sigma, epsilon, z, reconstruction: Graph.Value

    init() throws {
        var builder = GraphBuilder()
        let image = try builder.input("input", [14, 12, 4])
        let features = try builder.within("encoder") { (builder) throws(GraphError) in
            let window = KernelWindow(
                height: 3, width: 2, strideHeight: 2, padding: .explicit(top: 1, bottom: 0, left: 2, right: 1))
            let convolved = try builder.apply(AnyOp(Conv2D(6, window, groups: 2)), [image])
            let left = try builder.apply(AnyOp(Activation(.relu)), [convolved])
            let right = try builder.apply(AnyOp(Activation(.sigmoid)), [convolved])
            let deep = Conv2D(6, KernelWindow(3, padding: .same), groups: 6, bias: false)
            let last = try builder.apply(AnyOp(deep), [left])
            let joined = try builder.apply(AnyOp(Reparameterize()), [left, right, last])
            return try builder.apply(AnyOp(Flatten()), [try builder.apply(AnyOp(MaxPooling2D(3)), [joined])])
        }
        func head(_ name: String) throws(GraphError) -> Graph.Value {
            try builder.within(name) { (builder) throws(GraphError) in
                try builder.apply(AnyOp(Dense(3)), [features])
            }
        }
        (mean, logVariance) = (try head("mean"), try head("log_variance"))
        sigma = try builder.apply(AnyOp(StandardDeviation()), [logVariance], layer: "sigma")
        epsilon = try builder.input("epsilon", [3])
        let z = try builder.apply(AnyOp(Reparameterize()), [mean, sigma, epsilon], layer: "z")
        reconstruction = try builder.within("decoder") { (builder) throws(GraphError) in
            let small = try builder.apply(AnyOp(Reshape([3, 3, 4])), [try builder.apply(AnyOp(Dense(36)), [z])])
            let large = try builder.apply(AnyOp(UpSampling2D(2)), [small])
            let cropped = KernelWindow(3, padding: .explicit(top: 1, bottom: 0, left: 1, right: 1))
            let left = try builder.apply(AnyOp(Conv2DTranspose(4, cropped, groups: 2)), [large])
            let right = try builder.apply(AnyOp(Conv2DTranspose(4, KernelWindow(height: 2, width: 1))), [large])
            let bent = try builder.apply(AnyOp(Activation(.sigmoid)), [right])
            let joined = try builder.apply(AnyOp(Reparameterize()), [left, bent, right])
            let strided = KernelWindow(3, stride: 2, padding: .explicit(1))
            return try builder.apply(AnyOp(Conv2DTranspose(4, strided, outputPadding: 1, groups: 4)), [joined])
        }
        (self.image, self.z, graph) = (image, z, builder.built)
    }

    /// Every value by the definitions; those that are given stay.
    func values(_ given: [Int: [Float]], _ parameters: [String: [Float]]) -> [Int: Array64] {
        func array(_ shape: Shape, _ values: [Float]) -> Array64 { Array64(shape, values.map { Double($0) }) }
        var values: [Int: Array64] = [:]
        for input in graph.inputs { values[input.value.id] = array(input.value.shape, given[input.value.id]!) }
        for node in graph.nodes {
            let weights = node.parameters.map { array($0.shape, parameters["\(node.layer)/\($0.name)"]!) }
            values[node.output.id] =
                given[node.output.id].map { array(node.output.shape, $0) }
                ?? node.op.define(node.inputs.map { values[$0.id]! }, weights)
        }
        return values
    }

    /// The members of a model for the page's engine.
    func write(to json: inout JSONWriter) {
        json.member("latent", 3)
        json.member("image_shape", shape: image.shape)
        json.member("variational", true)
        let values = [
            ("image", image), ("mean", mean), ("log_variance", logVariance), ("sigma", sigma), ("epsilon", epsilon),
            ("z", z), ("reconstruction", reconstruction),
        ]
        for (name, value) in values { json.member(name, .integer(value.id)) }
        json.member("logits", false)
        json.member("terms", [])
        json.member("nodes", graph.writeNodes)
    }
}
