import Exploration
import Formats
import Graphs
import Models
import Settings

extension Program {
    /// The members of a model as `page/engine.js` takes it: which of its values are what, and its nodes.
    ///
    /// Null stands for a value that the model does not have.
    func write(to json: inout JSONWriter) {
        json.member("latent", .integer(code.sample.shape.count))
        json.member("image_shape", shape: image.shape)
        json.member("variational", .bool(code.logVariance != nil))
        let values = [
            ("image", image), ("mean", code.mean), ("log_variance", code.logVariance), ("epsilon", code.epsilon),
            ("z", code.sample), ("reconstruction", reconstruction),
        ]
        for (name, value) in values { json.member(name, value.map { .integer($0.id) } ?? .null) }
        json.member("terms") { json in
            json.objects(terms) { json, term in
                json.member("name", .string(term.name))
                json.member("value", .integer(term.value.id))
                json.member("weight", .number(term.weight))
            }
        }
        json.member("logits", .bool(takesLogits))
        json.member("nodes", graph.writeNodes)
    }
}

extension Graph {
    /// An array of the nodes with all settings, for `page/engine.js`; values are called by their `id`.
    package func writeNodes(to json: inout JSONWriter) {
        json.objects(nodes) { json, node in
            json.member("name", .string(node.name))
            json.member("layer", .string(node.layer))
            json.member("op", .string(node.op.name))
            json.member("title", .string(node.op.title))
            json.member("settings", .object(node.op.settings.map { .init($0.name, $0.value) }))
            json.member("inputs", .array(node.inputs.map { .integer($0.id) }))
            json.member("output", .integer(node.output.id))
            json.member("shape", shape: node.output.shape)
        }
    }
}
