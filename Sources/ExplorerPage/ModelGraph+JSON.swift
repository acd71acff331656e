import Exploration
import Formats
import Graphs
import Models
import Settings

extension ModelGraph {
    /// The members of a model as `page/engine.js` takes it: which of its values are what, and its nodes.
    ///
    /// Null stands for a value that the model does not have.
    func write(to json: inout JSONWriter) {
        json.member("latent", .integer(z.shape.count))
        json.member("image_shape", shape: image.shape)
        json.member("variational", .bool(logVariance != nil))
        let values = [
            ("image", image), ("mean", mean), ("log_variance", logVariance), ("sigma", sigma), ("epsilon", epsilon),
            ("z", z), ("reconstruction", reconstruction),
        ]
        for (name, value) in values { json.member(name, value.map { .integer($0.id) } ?? .null) }
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
