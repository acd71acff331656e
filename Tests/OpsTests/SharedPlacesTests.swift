import Graphs
import Models
import Ops
import Tensors
import TestSupport
import Testing

/// Memory that values and gradients share over time.
struct SharedPlacesTests {
    @Test(arguments: 0..<20)
    func `what lives at one time stands apart`(seed: Int) {
        var random = TestValues(seed: seed)
        let lives = (0..<200).map { _ in
            let start = random.integer(0...50)
            return SharedPlaces.Life(
                count: random.integer(1...300), times: start...start + random.integer(0...(seed % 2 == 0 ? 5 : 60)))
        }
        let shared = SharedPlaces(lives)
        let ranges = zip(lives, shared.places).map { $1..<$1 + $0.count }
        for a in lives.indices {
            for b in 0..<a where lives[a].times.overlaps(lives[b].times) {
                #expect(!ranges[a].overlaps(ranges[b]), "\(a) and \(b)")
            }
        }
        #expect(shared.count == ranges.map(\.upperBound).max())
        // No less than what lives at one time, and little more.
        let needed = (0...120).map { time in
            lives.filter { $0.times.contains(time) }.reduce(0) { $0 + $1.count }
        }.max()!
        #expect(shared.count >= needed)
        #expect(shared.count * 4 <= needed * 5)
    }

    /// Twelve layers of one size, of which a pass forward needs two values at a time.
    @Test func `a pass forward takes no more memory for more layers`() throws {
        func floats(layers: Int, trains: Bool) throws -> Int {
            try GraphRun(
                (0..<layers).map { _ in .conv2D(16, kernel: 3, padding: .same, activation: .relu) },
                input: [16, 16, 16],
                microBatch: 2, trains: trains, fuses: true
            ).plan.shared.count
        }
        #expect(try floats(layers: 12, trains: false) == floats(layers: 4, trains: false))
        #expect(try floats(layers: 12, trains: true) > floats(layers: 4, trains: true))
    }

    /// A residual block's last value is added and not read again; what a gradient takes was a value's before.
    @Test func `a training's values and gradients share one another's memory`() throws {
        let block = Block.residual([
            .groupNorm(4), .activation(.silu), .conv2D(16, kernel: 3, padding: .same), .groupNorm(4),
            .activation(.silu),
            .conv2D(16, kernel: 3, padding: .same),
        ])
        let blocks = 6
        let run = try GraphRun(
            Array(repeating: block, count: blocks), input: [16, 16, 16], microBatch: 2, fuses: true)
        let value = 2 * 16 * 16 * 16
        // Of each block what five steps make is as large; four of them are read backward, and some gradients at a time.
        #expect(run.plan.outputs.count == 5 * blocks)
        #expect(run.plan.shared.count < (4 * blocks + 6) * value)
    }

    /// Every layer's own output, taken when it is made, is what a chain of plans of one layer more makes.
    @Test func `outputs are taken before others have their place`() throws {
        let blocks: [Block] = [
            .conv2D(8, kernel: 3, activation: .relu), .conv2D(8, kernel: 3, padding: .same), .groupNorm(2),
            .upSampling2D(), .conv2D(5, kernel: 2),
        ]
        var random = TestValues(seed: 1)
        let input = random.uniforms(2 * 9 * 8 * 3)
        for trains in [false, true] {
            let runs = try (1...blocks.count).map { count in
                let run = try GraphRun(
                    Array(blocks[..<count]), input: [9, 8, 3], microBatch: 2, trains: trains, fuses: false)
                var random = TestValues(seed: 2)
                for parameter in run.parameters.layout.parameters {
                    run.parameters.set(parameter, random.uniforms(parameter.shape.count))
                }
                return (run, run.forward(input))
            }
            let taken = runs.last!.0.outputs(input)
            for (run, output) in runs {
                let name = run.plan.names.last!
                #expect(bits(try #require(taken[name]).values) == bits(output), "\(name)")
            }
        }
    }
}
