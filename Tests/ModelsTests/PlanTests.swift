import Foundation
import Graphs
import Models
import Testing

/// What the planner makes of the tutorial: a changed price or form shows here.
struct PlanTests {
    @Test func `the tutorial's plan is known`() throws {
        let plan = try ModelPlan(.tutorial, .tutorial, trains: true).plan
        let steps = plan.description.split(separator: "\n").map { line in
            line.components(separatedBy: ", price")[0]
        }
        #expect(
            steps == [
                "encoder/conv2d + encoder/max_pooling2d: conv2d + activation + pool, narrow",
                "encoder/conv2d_1 + encoder/max_pooling2d_1: conv2d + activation + pool, F(2×5), back F(5×5)",
                "encoder/conv2d_2 + encoder/max_pooling2d_2: conv2d + activation + pool, F(2×2)",
                "encoder/dense: dense, direct", "mean/dense: dense, direct", "log_variance/dense: dense, direct",
                "sigma: standard_deviation", "z: reparameterize", "decoder/dense: dense, narrow",
                "decoder/conv2d_transpose: conv2d_transpose + activation, direct",
                "decoder/conv2d_transpose_1: conv2d_transpose + activation, F(3×3)",
                "decoder/up_sampling2d + decoder/conv2d_transpose_2: stride of conv2d_transpose + activation, "
                    + "phases F(5×5)",
                "decoder/up_sampling2d_1 + decoder/conv2d_transpose_3: stride of conv2d_transpose + activation, narrow",
                "likelihood: squared_error", "kl: gaussian_kl",
            ])
    }
}
