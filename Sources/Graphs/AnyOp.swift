import Settings
import Tensors

/// A node's op, whatever its kind.
///
/// Two are equal where kind, name and all settings are.
public struct AnyOp: Hashable, CustomStringConvertible, @unchecked Sendable {
    package let kind: String
    package let name: String
    package let title: String
    package let summary: String
    package let arity: ClosedRange<Int>
    package let isLinear: Bool
    package let isAlias: Bool
    package let backwardReads: BackwardReads
    package let outputRange: OutputRange
    package let takesActivation: Bool
    /// Every setting as it stands, with what it may be.
    package let settings: [SettingVisitor.Entry]
    package let cases: () -> [OpCase]
    package let outputShape: ([Shape]) throws(GraphError) -> Shape
    package let parameters: ([Shape]) -> [ParameterDeclaration]
    package let define: ([Array64], [Array64]) -> Array64
    package let flops: ([Shape]) -> Int
    package let products: ([Shape], PlanOptions) -> Int
    package let compile: (Site, MemoryPlan) -> any Step
    /// The same op with settings read from an object; one that it does not have is refused.
    package let reading: ([JSONValue.Member]) throws(SettingError) -> AnyOp
    private let box: AnyObject

    private final class Box<Boxed: Op> {
        let op: Boxed
        init(_ op: Boxed) { self.op = op }
    }

    package init<Boxed: Op>(_ op: Boxed) {
        kind = Boxed.kind
        (name, title, summary, arity) = (op.name, op.title, op.summary, op.arity)
        (isLinear, isAlias, outputRange) = (op.isLinear, op.isAlias, op.outputRange)
        backwardReads = op.backwardReads
        takesActivation = op.takesActivation
        settings = SettingVisitor.list(op) { (op, visitor) throws(SettingError) in try op.settings(visitor) }
        cases = { op.cases }
        outputShape = { (inputs: [Shape]) throws(GraphError) -> Shape in try op.outputShape(inputs) }
        parameters = { op.parameters($0) }
        define = { op.define($0, $1) }
        flops = { op.flops($0) }
        products = { op.products($0, $1) }
        compile = { op.compile($0, $1) }
        reading = { (members: [JSONValue.Member]) throws(SettingError) -> AnyOp in
            var new = op
            let visitor = SettingVisitor(reading: members)
            try new.settings(visitor)
            try visitor.finish(op.name)
            return AnyOp(new)
        }
        box = Box(op)
    }

    /// The op itself, where it is of this type.
    package func unwrap<Wanted: Op>(_: Wanted.Type) -> Wanted? {
        // Without a dynamic cast, which Embedded Swift has not: each kind is one type's.
        kind == Wanted.kind ? unsafeDowncast(box, to: Box<Wanted>.self).op : nil
    }

    /// Equal in kind, name and settings.
    public static func == (a: AnyOp, b: AnyOp) -> Bool {
        a.kind == b.kind && a.name == b.name && a.settings == b.settings
    }

    /// Takes name and settings in.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(settings)
    }

    /// Its name and settings: `group_norm groups 8, epsilon 1e-05`.
    public var description: String { name + settingsText }

    /// The settings as a test's or a table's row shows them: ` channels 64, kernel 3`.
    package var settingsText: String {
        settings.isEmpty
            ? "" : " " + settings.map { "\($0.name) \($0.value.shown)" }.joined(separator: ", ")
    }
}
