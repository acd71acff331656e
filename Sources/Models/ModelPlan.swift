import Graphs
import Ops
import Tensors

/// A program compiled for a micro-batch: where its values stand in the arena.
package struct ModelPlan: Sendable {
    package let program: Program
    package let sized: SizedPlan
    package let latent: Int
    package let isVariational: Bool
    package let input, mean, z, reconstruction: Slot
    package let logVariance: Slot?
    /// Where ε of the micro-batch is put; nil for a code that is a point.
    let epsilon: Slot?
    /// One number an image each, in the program's order.
    package let terms: [Slot]

    package var plan: ExecutionPlan { sized.plan }
    /// Of what each layer makes, terms left out: values from outside first, then in the order of steps.
    package var names: [String] {
        let terms = terms.map { $0.name }
        return plan.names.filter { !terms.contains($0) }
    }

    package var layout: ParameterLayout { plan.parameters }

    package init(
        _ architecture: Architecture, _ objective: Objective, trains: Bool, fuses: Bool = true,
        precision: Precision = .f32
    ) throws(GraphError) {
        program = try architecture.program(objective)
        sized = SizedPlan(
            program.graph, trains: trains, fuses: fuses, precision: precision, patterns: Patterns.all)
        latent = architecture.latent
        isVariational = architecture.isVariational
        let plan = sized.plan
        (input, mean, z) = (plan.slot(program.image), plan.slot(program.code.mean), plan.slot(program.code.sample))
        reconstruction = plan.slot(program.reconstruction)
        logVariance = program.code.logVariance.map { plan.slot($0) }
        epsilon = program.code.epsilon.map { plan.slot($0) }
        terms = program.terms.map { plan.slot($0.value) }
    }
}
