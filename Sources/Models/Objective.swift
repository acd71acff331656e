import Graphs
import Ops
import Settings
import Tensors

/// What a training minimises: named terms of an image, each averaged over images, and what each counts.
///
/// Its file says all that any other room needs to know of it; `Objective.all` lists the files.
package protocol ObjectiveKind: Hashable, Sendable {
    /// As recipes and run folders name it: `elbo`.
    static var name: String { get }
    /// One sentence for people.
    static var summary: String { get }
    /// Scores the reconstruction.
    var likelihood: Likelihood { get set }
    /// Fraction of the run's steps over which the weights of some terms grow linearly from 0; 0 for none.
    var warmUp: Double { get }
    /// Names every setting but the likelihood once, and what it may be.
    mutating func settings(_ visit: SettingVisitor) throws(SettingError)
    /// The terms, as values of the model's graph.
    /// - Throws: `GraphError` where it cannot be had of such a model.
    func terms(_ model: ObjectiveValues, _ builder: inout GraphBuilder) throws(GraphError) -> [Program.Term]
    /// What is added to the reconstruction loss, and what that means.
    func words(for architecture: Architecture) -> ObjectiveWords
}

extension ObjectiveKind {
    package var warmUp: Double { 0 }
}

/// The values of a model that objectives make their terms of.
package struct ObjectiveValues {
    package let image: Graph.Value
    package let code: Program.Code
    package let reconstruction: Graph.Value

    /// −log p(x|z) of an image, or what stands for it; parameters of its own are named `likelihood/…`.
    package func reconstructionTerm(
        _ likelihood: Likelihood, _ builder: inout GraphBuilder
    ) throws(GraphError) -> Program.Term {
        Program.Term(
            LossTerms.reconstructionName,
            try builder.apply(likelihood.kind.op, [reconstruction, image], layer: "likelihood"),
            isNats: likelihood.kind.isDensity, isNonnegative: likelihood.kind.isNonnegative)
    }
}

/// An objective's terms beside the reconstruction loss, in words.
package struct ObjectiveWords: Hashable, Sendable {
    /// What is added: `the KL divergence summed over the 2 latent dimensions`; nil where nothing is.
    package var added: String?
    /// Its name in metrics: `kl_loss`.
    package var name = ""
    /// What the sum means, or why nothing is added: words behind a formula.
    package var meaning: String
    /// The same as a sentence behind what is added, without its full stop.
    package var sentence = ""
    /// What a reader should know before comparing; empty where nothing.
    package var remark = ""

    package init(
        added: String? = nil, name: String = "", meaning: String, sentence: String = "", remark: String = ""
    ) {
        (self.added, self.name, self.meaning) = (added, name, meaning)
        (self.sentence, self.remark) = (sentence, remark)
    }
}

/// An objective, whatever its kind: reconstruction loss + KL loss by default.
///
/// Two are equal where name, likelihood and all settings are.
public struct Objective: Hashable, CustomStringConvertible, @unchecked Sendable {
    /// As recipes and run folders name it: `elbo`.
    public let name: String
    /// Scores the reconstruction.
    public var likelihood: Likelihood { didSet { self = replacing(likelihood) } }
    /// Fraction of the run's steps over which the weights of some terms grow linearly from 0; 0 for none.
    public let warmUp: Double
    package let summary: String
    /// Every setting as it stands, with what it may be.
    package let settings: [SettingVisitor.Entry]
    package let terms: (ObjectiveValues, inout GraphBuilder) throws(GraphError) -> [Program.Term]
    package let words: (Architecture) -> ObjectiveWords
    /// The same objective with settings read from an object; one that it does not have is refused.
    package let reading: ([JSONValue.Member]) throws(SettingError) -> Objective
    private let replacing: (Likelihood) -> Objective

    /// Every kind, at its defaults.
    package static let all = [Objective(EvidenceLowerBound()), Objective(RegularizedAutoencoder())]

    package init<Kind: ObjectiveKind>(_ kind: Kind) {
        (name, summary) = (Kind.name, Kind.summary)
        (likelihood, warmUp) = (kind.likelihood, kind.warmUp)
        settings = SettingVisitor.list(kind) { (kind, visitor) throws(SettingError) in try kind.settings(visitor) }
        terms = { (model: ObjectiveValues, builder: inout GraphBuilder) throws(GraphError) -> [Program.Term] in
            try kind.terms(model, &builder)
        }
        words = { kind.words(for: $0) }
        reading = { (members: [JSONValue.Member]) throws(SettingError) -> Objective in
            var new = kind
            var members = members
            if let place = members.firstIndex(where: { $0.key == "likelihood" }) {
                do throws(SettingError) { new.likelihood = try Likelihood(members.remove(at: place).value) } catch {
                    throw error.inside(.key("likelihood"))
                }
            }
            let visitor = SettingVisitor(reading: members)
            visitor.know("likelihood")
            try new.settings(visitor)
            try visitor.finish(Kind.name)
            return Objective(new)
        }
        replacing = { likelihood in
            var new = kind
            new.likelihood = likelihood
            return Objective(new)
        }
    }

    /// The part of the warming terms' weights that holds at a step: 1 once the warm-up is over.
    /// - Parameters:
    ///   - step: Steps done before this one.
    ///   - total: Steps of the whole run.
    package func warmUpFactor(step: Int, of total: Int) -> Double {
        let steps = warmUp * Double(total)
        return steps <= 0 ? 1 : min(1, Double(step) / steps)
    }

    /// What the loss of an architecture stands for: `σ² = 0.1 with β = 0.3333` of an evidence lower bound, or why it is none.
    public func meaning(for architecture: Architecture) -> String { words(architecture).meaning }

    /// Its name, likelihood and settings: `elbo bernoulli, divergence sum, beta 1.0, warm_up 0.0`.
    public var description: String {
        settings.reduce("\(name) \(likelihood)") { "\($0), \($1.name) \($1.value.shown)" }
    }

    /// Name, likelihood and settings: all that tells two apart.
    public static func == (a: Objective, b: Objective) -> Bool {
        a.name == b.name && a.likelihood == b.likelihood && a.settings == b.settings
    }

    /// Takes name, likelihood and settings in.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(likelihood)
        hasher.combine(settings)
    }
}

/// As files and recipes hold it: `{elbo: {likelihood: bernoulli, beta: 1}}`, or the settings alone, which are those of
/// the evidence lower bound.
extension Objective {
    /// - Throws: `SettingError` with the nearest name where there is none of this one.
    package init(_ json: JSONValue) throws(SettingError) {
        guard let members = json.object else {
            throw SettingError("expected an objective's settings, found \(json.shown)")
        }
        let names = members.map { $0.key }.filter { key in Objective.all.contains { $0.name == key } }
        guard names.isEmpty || members.count == 1 else {
            let found = members.map { $0.key }.joined(separator: " and ")
            throw SettingError("expected one objective, found \(found)")
        }
        guard members.count == 1, let named = Objective.all.first(where: { $0.name == members[0].key }) else {
            if members.count == 1, members[0].value.object != nil, members[0].key != "likelihood" {
                let (found, names) = (members[0].key, Objective.all.map { $0.name })
                throw SettingError(
                    "expected one of \(names.joined(separator: ", ")), found \(found)"
                        + didYouMean(found, among: names),
                    at: [.key(found)])
            }
            self = try Objective.all[0].reading(members)
            return
        }
        guard let settings = members[0].value == .null ? [] : members[0].value.object else {
            throw SettingError(
                "expected an objective's settings, found \(members[0].value.shown)", at: [.key(named.name)])
        }
        do throws(SettingError) { self = try named.reading(settings) } catch { throw error.inside(.key(named.name)) }
    }

    /// `{"elbo": {"likelihood": {"bernoulli": {}}, "divergence": "sum", "beta": 1, "warm_up": 0}}`.
    package var json: JSONValue {
        .object([
            .init(
                name,
                .object([.init("likelihood", likelihood.json)] + settings.map { .init($0.name, $0.value) }))
        ])
    }
}
