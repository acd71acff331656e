import Graphs
import Models
import Ops
import Tensors
import TestSupport
import Testing

/// Lanes' gradients are added in one tree, whether they stand side by side or come one by one.
struct LaneGradientTests {
    private static let plan: ExecutionPlan = {
        let run = try! GraphRun(
            [.upSampling2D(), .conv2DTranspose(1, kernel: 5), .flatten, .dense(9)], input: [6, 7, 16], microBatch: 1,
            fuses: true)
        return run.plan
    }()

    /// The sum's bits of the ranges that lanes write.
    private func sum(_ lanes: Int, threads: Int, atOnce: Bool, order: [Int]) -> [UInt32] {
        let plan = Self.plan
        let gradients = LaneGradients(plan, lanes: 16, threads: threads, mostAtOnce: atOnce ? .max : 0)
        let pool = ThreadPool(threads: threads)
        for _ in 0..<2 {
            pool.parallelFor(lanes) { piece, _ in
                let lane = order[piece]
                let buffer = gradients.take(lane)
                var random = TestValues(seed: lane)
                buffer.pointer.update(repeating: .nan, count: plan.gradientCount)
                for range in plan.gradientPieces {
                    for (i, value) in random.uniforms(range.count).enumerated() {
                        buffer.pointer[range.lowerBound + i] = value
                    }
                }
                gradients.finish(lane, buffer, of: lanes)
            }
            _ = gradients.sum(of: lanes, on: pool)
        }
        pool.parallelFor(lanes) { piece, _ in
            let lane = order[piece]
            let buffer = gradients.take(lane)
            var random = TestValues(seed: 100 + lane)
            for range in plan.gradientPieces {
                for (i, value) in random.uniforms(range.count).enumerated() {
                    buffer.pointer[range.lowerBound + i] = value
                }
            }
            gradients.finish(lane, buffer, of: lanes)
        }
        let total = gradients.sum(of: lanes, on: pool)
        return plan.gradientPieces.flatMap { range in range.map { total[$0].bitPattern } }
    }

    @Test(arguments: [1, 2, 3, 5, 8, 13, 16])
    func `one by one, in any order, is as at once`(lanes: Int) {
        let order = Array(0..<lanes)
        let expected = sum(lanes, threads: 1, atOnce: true, order: order)
        for threads in [1, 2, 5] {
            #expect(sum(lanes, threads: threads, atOnce: false, order: order) == expected, "\(threads) threads")
        }
        var shuffled = order
        var random = TestValues(seed: lanes)
        for i in stride(from: lanes - 1, to: 0, by: -1) { shuffled.swapAt(i, random.integer(0...i)) }
        #expect(sum(lanes, threads: 2, atOnce: false, order: shuffled) == expected)
    }

    /// Ten million weights and sixteen lanes: 640 MB side by side.
    @Test func `a large model takes a few gradients, not one a lane`() throws {
        var builder = GraphBuilder()
        let x = try builder.input("input", [3200])
        let y = try builder.apply([.dense(3200)], to: x)
        builder.output(y, seeded: true)
        let options = PlanOptions(microBatch: 8, trains: true)
        let plan = Planner.plan(builder.built, options, patterns: Patterns.all)
        #expect(LaneGradients.floatCount(plan, lanes: 16, threads: 2) * 4 <= 290_000_000)
        #expect(LaneGradients.floatCount(plan, lanes: 1, threads: 2) * 4 <= 41_100_000)
    }
}
