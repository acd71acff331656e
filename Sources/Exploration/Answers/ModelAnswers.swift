import Evaluation
import Formats
import Models
import Settings
import Tensors

/// Codes of images.
package struct EncodeAnswer: Answer {
    package let codes: DiagonalGaussian

    package func write(to json: inout JSONWriter) {
        json.member("mean", rows: codes.mean)
        json.member("log_variance", rows: codes.logVariance)
    }

    /// Means, then log variances where there are any.
    package var floats: [[Float]]? { [codes.mean.values] + (codes.logVariance.map { [$0.values] } ?? []) }
}

/// Images of codes.
package struct DecodeAnswer: Answer {
    /// [batch, height, width, channels].
    package let images: Tensor

    package func write(to json: inout JSONWriter) {
        json.member("images", rows: images)
        json.member("shape", shape: images.imageShape)
    }

    package var floats: [[Float]]? { [images.values] }
    package var picture: Picture? { Picture(images: images) }
}

/// Images of codes that were not given, and those codes: samples, a way, a lattice.
package struct CodesAndImagesAnswer: Answer {
    /// [batch, latent].
    package let z: Tensor
    package let images: Tensor
    /// Of a sheet.
    var columns: Int?
    /// The way that was really taken between two codes; nil of other codes.
    var way: Interpolation?

    package func write(to json: inout JSONWriter) {
        json.member("z", rows: z)
        DecodeAnswer(images: images).write(to: &json)
        if let way { json.member("path", .string(way == .spherical ? "spherical" : "linear")) }
    }

    package var floats: [[Float]]? { [images.values] }
    package var picture: Picture? { Picture(images: images, columns: columns) }
}

/// Images as they come back.
package struct ReconstructAnswer: Answer {
    package let images: Tensor
    /// The codes that were decoded, [batch, latent].
    package let z: Tensor
    package let codes: DiagonalGaussian

    package func write(to json: inout JSONWriter) {
        CodesAndImagesAnswer(z: z, images: images).write(to: &json)
        EncodeAnswer(codes: codes).write(to: &json)
    }

    package var floats: [[Float]]? { [images.values] }
    package var picture: Picture? { Picture(images: images) }
}

/// What images come to with z = mean.
package struct ScoreAnswer: Answer {
    /// One value an image; the KL term is weighted as in the objective.
    package let reconstructionLoss, klLoss: [Float]
    /// Unweighted, in nats, [batch, latent].
    package let klPerDimension: Tensor
    /// The share of test images with a lower loss, 0 to 100.
    package let percentile: [Float]

    package var loss: [Float] { zip(reconstructionLoss, klLoss).map(+) }

    package func write(to json: inout JSONWriter) {
        json.member("loss", floats: loss)
        json.member("reconstruction_loss", floats: reconstructionLoss)
        json.member("kl_loss", floats: klLoss)
        json.member("kl_per_dimension", rows: klPerDimension)
        json.member("percentile", floats: percentile)
    }

    package var floats: [[Float]]? { [loss, reconstructionLoss, klLoss, percentile] }
}

/// A whole set's codes and losses.
package struct CodesAnswer: Answer {
    package let codes: SetCodes
    /// Images of the whole set.
    package let total: Int

    /// - Parameter most: Of images, taken at even distances; nil for all.
    package init(codes: SetCodes, most: Int? = nil) {
        self.codes = most.map(codes.spread) ?? codes
        total = codes.count
    }

    package func write(to json: inout JSONWriter) {
        json.member("count", .integer(codes.count))
        json.member("total", .integer(total))
        json.member("latent", .integer(codes.latent))
        json.member("mean", floats: codes.scores.codes.mean.values)
        if let logVariance = codes.scores.codes.logVariance {
            json.member("log_variance", floats: logVariance.values)
        } else {
            json.member("log_variance", .null)
        }
        json.member("labels", codes.labels.map { .array($0.map(JSONValue.integer)) } ?? .null)
        json.member("reconstruction_loss", floats: codes.reconstructionLoss)
        json.member("kl_loss", floats: codes.klLoss)
    }

    /// A row an image: mean, log variance (0 for a plain autoencoder), label (−1 for none), the two losses.
    package var floats: [[Float]]? {
        let (latent, scores) = (codes.latent, codes.scores)
        var rows: [Float] = []
        rows.reserveCapacity(codes.count * (2 * latent + 3))
        for image in 0..<codes.count {
            let range = image * latent..<(image + 1) * latent
            rows += scores.codes.mean.values[range]
            if let logVariance = scores.codes.logVariance {
                rows += logVariance.values[range]
            } else {
                rows += repeatElement(0, count: latent)
            }
            rows.append(codes.labels.map { Float($0[image]) } ?? -1)
            rows.append(codes.reconstructionLoss[image])
            rows.append(codes.klLoss[image])
        }
        return [rows]
    }
}

/// The images of a set whose codes lie nearest to one.
package struct NeighborsAnswer: Answer {
    package struct Neighbor: Hashable, Sendable {
        /// Position in the set.
        package let index: Int
        package let label: Int?
        /// Of its file; nil where the set has no names.
        package let name: String?
        /// Of the means in latent space.
        package let distance: Float
    }

    package let neighbors: [Neighbor]

    package func write(to json: inout JSONWriter) {
        json.member("neighbors") { json in
            json.objects(neighbors) { json, neighbor in
                json.member("index", .integer(neighbor.index))
                json.member("label", neighbor.label.map { .integer(Int($0)) } ?? .null)
                if let name = neighbor.name { json.member("name", .string(name)) }
                json.member("distance", .number(Double(neighbor.distance)))
            }
        }
    }
}

/// Every layer's output for one image or code.
package struct ActivationsAnswer: Answer {
    package struct LayerOutput: Sendable {
        package let name: String
        /// `encoder` or `decoder`.
        package let part: String
        /// As Keras names it.
        package let type: String
        /// Without the batch.
        package let output: Tensor
    }

    package let layers: [LayerOutput]
    /// Nil where only a code was given.
    package let mean, logVariance: [Float]?
    /// ε that was thrown; nil where z is the mean, or was given.
    package let epsilon: [Float]?
    package let z: [Float]
    /// The output, [height, width, channels].
    package let image: Tensor
    /// Of the given image; nil where only a code was given.
    package let reconstructionLoss, klLoss: Double?

    package func write(to json: inout JSONWriter) {
        json.member("layers") { json in
            json.objects(layers) { json, layer in
                json.member("name", .string(layer.name))
                json.member("part", .string(layer.part))
                json.member("type", .string(layer.type))
                json.member("shape", shape: layer.output.shape)
                json.member("values", floats: layer.output.values)
            }
        }
        func vector(_ key: String, _ values: [Float]?) {
            if let values { json.member(key, floats: values) } else { json.member(key, .null) }
        }
        vector("mean", mean)
        vector("log_variance", logVariance)
        vector("epsilon", epsilon)
        vector("z", z)
        vector("image", image.values)
        json.member("reconstruction_loss", reconstructionLoss.map(JSONValue.number) ?? .null)
        json.member("kl_loss", klLoss.map(JSONValue.number) ?? .null)
    }

    package var floats: [[Float]]? { layers.map(\.output.values) }
    package var picture: Picture? {
        Picture(images: image.reshaped(Shape([1] + image.shape.dimensions)))
    }
}
