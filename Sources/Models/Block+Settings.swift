import Graphs
import Ops
import Settings

/// Blocks as files write them: a name, or a name with settings.
///
/// `flatten`, `conv2d: {channels: 64, kernel: 3, activation: relu}`, `dense: 16`, `times: [2, [ … ]]`. A single value in
/// place of settings is the first setting.
extension Block {
    /// The most blocks of a list, and of all lists inside each other.
    package static let mostBlocks = 1000

    /// Names that stand beside those of the ops.
    private static let structures = ["times", "residual"] + joins.map { $0.name }
    private static let joins = [AnyOp(Add()), AnyOp(Multiply()), AnyOp(Concatenate())]

    /// Reads a list of blocks.
    /// - Throws: `SettingError` with the place inside the list.
    package static func list(_ json: JSONValue) throws(SettingError) -> [Block] {
        var left = mostBlocks
        return try list(json, left: &left)
    }

    private static func list(_ json: JSONValue, left: inout Int) throws(SettingError) -> [Block] {
        guard let entries = json.array else {
            throw SettingError("expected a list of layers, found \(json.shown)")
        }
        var blocks: [Block] = []
        for (i, entry) in entries.enumerated() {
            left -= 1
            guard left >= 0 else { throw SettingError("more than \(mostBlocks) layers", at: [.index(i)]) }
            do throws(SettingError) {
                blocks.append(try Block(entry, left: &left))
            } catch { throw error.inside(.index(i)) }
        }
        return blocks
    }

    private init(_ json: JSONValue, left: inout Int) throws(SettingError) {
        let name: String
        var settings = JSONValue.null
        switch json {
        case .string(let text): name = text
        case .object(let members) where members.count == 1:
            (name, settings) = (members[0].key, members[0].value)
        default:
            throw SettingError("expected a layer's name, or its name with settings, found \(json.shown)")
        }
        do throws(SettingError) {
            self = try Block.named(name, settings, left: &left)
        } catch { throw error.inside(.key(name)) }
    }

    private static func named(
        _ name: String, _ settings: JSONValue, left: inout Int
    ) throws(SettingError) -> Block {
        if name == "times" {
            guard let parts = settings.array, parts.count == 2, let count = parts[0].whole, (1...1000).contains(count)
            else { throw SettingError("expected [count, layers] with a count of 1 to 1000, found \(settings.shown)") }
            let body = parts[1].array == nil ? .array([parts[1]]) : parts[1]
            let before = left
            do throws(SettingError) {
                let blocks = try list(body, left: &left)
                left -= (before - left) * (count - 1)
                guard left >= 0 else { throw SettingError("more than \(mostBlocks) layers") }
                return .times(count, blocks)
            } catch { throw error.inside(.index(1)) }
        }
        if name == "residual" { return try residual(settings, left: &left) }
        if let join = joins.first(where: { $0.name == name }) {
            guard let lists = settings.array, join.arity.contains(lists.count) else {
                throw SettingError(
                    "expected \(join.arity.upperBound == 2 ? "two" : "two or more") lists of layers, found \(settings.shown)"
                )
            }
            var branches: [[Block]] = []
            for (i, one) in lists.enumerated() {
                do throws(SettingError) {
                    branches.append(try list(one, left: &left))
                } catch { throw error.inside(.index(i)) }
            }
            return .branches(join, branches)
        }
        guard let op = Ops.named(name) else {
            var reason = "no layer is called \(name)"
            if let refusal = Ops.refused[name] {
                reason = refusal
            } else {
                reason += didYouMean(name, among: Ops.all.map { $0.name } + structures)
            }
            throw SettingError(reason)
        }
        var members: [JSONValue.Member] = []
        switch settings {
        case .null: break
        case .object(let given): members = given
        default:
            guard let first = op.settings.first else {
                throw SettingError("\(name) has no settings, found \(settings.shown)")
            }
            members = [JSONValue.Member(first.name, settings)]
        }
        var activation: Activation?
        if op.takesActivation, let place = members.firstIndex(where: { $0.key == "activation" }) {
            do throws(SettingError) {
                activation = try Activation(named: members[place].value)
            } catch { throw error.inside(.key("activation")) }
            members.remove(at: place)
        }
        return .op(try op.reading(members), activation: activation)
    }

    /// `residual: [ … ]`, or `residual: {body: [ … ], shortcut: [ … ]}`.
    private static func residual(_ settings: JSONValue, left: inout Int) throws(SettingError) -> Block {
        guard let members = settings.object else { return .residual(try list(settings, left: &left), shortcut: []) }
        var lists: [String: [Block]] = [:]
        for member in members {
            guard ["body", "shortcut"].contains(member.key) else {
                throw SettingError(
                    "residual has body and shortcut, and nothing called \(member.key)", at: [.key(member.key)])
            }
            do throws(SettingError) {
                lists[member.key] = try list(member.value, left: &left)
            } catch { throw error.inside(.key(member.key)) }
        }
        guard let body = lists["body"] else { throw SettingError("expected a list of layers called body") }
        return .residual(body, shortcut: lists["shortcut"] ?? [])
    }

    /// The block as a file writes it: settings at their defaults are left out.
    package var written: JSONValue {
        switch self {
        case .op(let op, let activation):
            let defaults = Ops.named(op.name)?.settings ?? []
            var members = zip(op.settings, defaults).compactMap { setting, usual in
                setting.value == usual.value ? nil : JSONValue.Member(setting.name, setting.value)
            }
            if let activation { members.append(JSONValue.Member("activation", activation.written)) }
            return members.isEmpty ? .string(op.name) : .object([JSONValue.Member(op.name, .object(members))])
        case .residual(let body, let shortcut):
            let (inner, beside) = (JSONValue.array(body.map { $0.written }), shortcut.map { $0.written })
            return [
                "residual": shortcut.isEmpty ? inner : ["body": inner, "shortcut": .array(beside)]
            ]
        case .branches(let join, let lists):
            return .object([
                JSONValue.Member(join.name, .array(lists.map { list in .array(list.map { $0.written }) }))
            ])
        case .times(let count, let blocks):
            return .object([JSONValue.Member("times", .array([.integer(count), .array(blocks.map { $0.written })]))])
        }
    }
}

extension Activation {
    /// Reads `relu`, or `leaky_relu: {slope: 0.2}`, or `leaky_relu: 0.2`, or `linear`, which is none.
    fileprivate init?(named json: JSONValue) throws(SettingError) {
        var (name, value) = (json.string ?? "", JSONValue.object([]))
        if let object = json.object, object.count == 1 { (name, value) = (object[0].key, object[0].value) }
        if name == "linear" { return nil }
        guard let function = ActivationFunction(rawValue: name) else {
            throw SettingError(
                "expected an activation function, found \(json.shown)"
                    + didYouMean(name, among: ActivationFunction.allCases.map { $0.rawValue }))
        }
        var activation = Activation(function)
        let first = AnyOp(activation).settings.first?.name ?? value.shown
        let visitor = SettingVisitor(reading: value.object ?? [JSONValue.Member(first, value)])
        try activation.settings(visitor)
        try visitor.finish(name)
        self = activation
    }

    /// Its name, with settings where they are not the defaults.
    fileprivate var written: JSONValue {
        let (own, usual) = (AnyOp(self).settings, AnyOp(Activation(function)).settings)
        if own == usual { return .string(name) }
        return .object([JSONValue.Member(name, .object(own.map { JSONValue.Member($0.name, $0.value) }))])
    }
}
