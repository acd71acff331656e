import Tensors

/// The named terms of a loss, averaged over images: `loss = reconstruction_loss + kl_loss` always holds.
public struct LossTerms: Hashable, Sendable {
    /// One of them.
    public struct Term: Hashable, Sendable {
        /// `reconstruction`, `kl`.
        public let name: String
        /// As weighted in the objective.
        public var loss: Double
        /// Unweighted.
        public var value: Double
        /// Whether the value is in nats.
        public let isNats: Bool

        /// A term from its parts.
        public init(_ name: String, loss: Double, value: Double, isNats: Bool = true) {
            (self.name, self.loss, self.value, self.isNats) = (name, loss, value, isNats)
        }

        /// As metrics call the weighted term: `kl_loss`.
        package var lossName: String { name + "_loss" }
        /// As metrics call the value: `kl_nats`; nil where it is the loss itself.
        package var valueName: String? {
            name == LossTerms.reconstructionName ? nil : name + (isNats ? "_nats" : "_value")
        }
    }

    /// The reconstruction loss first, then the others by their names.
    public private(set) var terms: [Term]
    /// Images averaged over.
    public var images: Int

    /// The sum of all terms.
    public var loss: Double { terms.reduce(0) { $0 + $1.loss } }

    /// Terms of no image.
    public init() { self.init([], images: 0) }

    /// Terms from their values, each name once.
    public init(_ terms: [Term], images: Int) {
        self.terms = terms.sorted { a, b in
            a.name == LossTerms.reconstructionName || b.name != LossTerms.reconstructionName && a.name < b.name
        }
        self.images = images
    }

    /// Everything by its name in metrics: `loss`, `reconstruction_loss`, `kl_loss`, `kl_nats`.
    package var named: [(name: String, value: Double)] {
        losses + terms.compactMap { term in term.valueName.map { ($0, term.value) } }
    }

    /// The sum and what it is made of, by their names in metrics.
    package var losses: [(name: String, value: Double)] { [("loss", loss)] + terms.map { ($0.lossName, $0.loss) } }

    /// What the likelihood's term is called.
    package static let reconstructionName = "reconstruction"

    /// A term by its name.
    public subscript(name: String) -> Term? { terms.first { $0.name == name } }

    /// The likelihood's term.
    public var reconstruction: Double { self[LossTerms.reconstructionName]?.loss ?? 0 }
}

/// The two terms of an evidence lower bound.
extension LossTerms {
    /// The KL term as weighted in the objective; 0 where there is none.
    public var kl: Double { self["kl"]?.loss ?? 0 }

    /// The KL divergence summed over dimensions, unweighted, in nats; 0 where there is none.
    public var klNats: Double { self["kl"]?.value ?? 0 }

    /// Terms from their values.
    public init(reconstruction: Double, kl: Double, klNats: Double, images: Int) {
        self.init(
            [
                Term(LossTerms.reconstructionName, loss: reconstruction, value: reconstruction),
                Term("kl", loss: kl, value: klNats),
            ],
            images: images)
    }
}

/// A running mean of loss terms, weighted by images: the last batch is short.
package struct LossSum: Hashable, Sendable {
    /// Of each term its sums over images.
    package private(set) var terms: [LossTerms.Term] = []
    package private(set) var images = 0

    package init() {}

    package init(_ sums: LossTerms) { (terms, images) = (sums.terms, sums.images) }

    /// The sums themselves.
    package var sums: LossTerms { LossTerms(terms, images: images) }

    package mutating func add(_ new: LossTerms) {
        let weight = Double(new.images)
        if terms.isEmpty { terms = new.terms.map { LossTerms.Term($0.name, loss: 0, value: 0, isNats: $0.isNats) } }
        for (i, term) in new.terms.enumerated() {
            terms[i].loss += term.loss * weight
            terms[i].value += term.value * weight
        }
        images += new.images
    }

    package var mean: LossTerms {
        let weight = Double(max(images, 1))
        return LossTerms(
            terms.map {
                LossTerms.Term($0.name, loss: $0.loss / weight, value: $0.value / weight, isNats: $0.isNats)
            },
            images: images)
    }
}
