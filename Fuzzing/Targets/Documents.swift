import Formats
import Graphs
import Models
import Ops
import Recipes
import Settings
import Tensors
import Training
import YAMLText

func json(_ bytes: [UInt8]) throws {
    let value = try JSONValue(parsing: bytes, source: "a")
    let line = value.serialized()
    require(try JSONValue(parsing: line, source: "a") == value, "a document comes back")
    let copy = try JSONValue(parsing: value.serialized(indented: true), source: "a")
    require(copy.serialized() == line, "indented or not, the same document")
}

/// Each part has a place, and what is written as JSON is the same in YAML, where YAML takes it.
func yaml(_ bytes: [UInt8]) throws {
    let document = try YAMLDocument(parsing: bytes, source: "a")
    requirePlaces(of: document.value, at: [], in: document)
    for indented in [false, true] {
        let written = document.value.serialized(indented: indented)
        // It takes no surrogate pairs as escapes, and no key of more than 1024 characters.
        guard let copy = try? YAMLDocument(parsing: written, source: "a") else { continue }
        require(copy.value == document.value, "a document comes back")
    }
}

/// A recipe for three kinds of images: what it says can be trained, and its layers can be written and read again.
func recipe(_ bytes: [UInt8]) throws {
    let text = try RecipeText(parsing: bytes, source: "a")
    for shape: Shape? in [nil, [28, 28, 1], [5, 64, 3]] {
        guard let recipe = try? text.recipe(imageShape: shape) else { continue }
        let architecture = recipe.training.architecture
        require((try? recipe.training.validate()) != nil, "a recipe can be trained")
        require(architecture.imageShape.rank == 3, "of images")
        for blocks in [architecture.encoder, architecture.decoder] {
            require(try Block.list(.array(blocks.map(\.written))) == blocks, "layers come back")
        }
    }
    _ = try text.recipe(imageShape: nil)
}

private func requirePlaces(of value: JSONValue, at path: [ValueStep], in document: YAMLDocument) {
    require(document.position(of: path) != nil, "each part has a place")
    for member in value.object ?? [] { requirePlaces(of: member.value, at: path + [.key(member.key)], in: document) }
    for (number, item) in (value.array ?? []).enumerated() {
        requirePlaces(of: item, at: path + [.index(number)], in: document)
    }
}

/// A checkpoint whose SHA-256 is made right where it has the place for one: who means harm can compute a SHA-256.
func checkpoint(_ bytes: [UInt8]) throws {
    let read = try Checkpoint(parsing: sealed(bytes) ?? bytes, source: "a")
    let written = try read.serialized()
    let copy = try Checkpoint(parsing: written, source: "a")
    require(try copy.serialized() == written, "a checkpoint comes back")
    require(copy.state == read.state && copy.configuration == read.configuration, "and what it says")
}

/// A model or a checkpoint, its SHA-256 made right too.
func model(_ bytes: [UInt8]) throws {
    let read = try ModelFile(parsing: sealed(bytes) ?? bytes, source: "a")
    let written = try read.serialized()
    let copy = try ModelFile(parsing: written, source: "a")
    require(try copy.serialized() == written, "a model comes back")
    require(copy.architecture == read.architecture && copy.likelihood == read.likelihood, "and what it is")
}

/// The bytes with the hash of themselves in the place of 64 characters behind `"sha256":"`.
private func sealed(_ bytes: [UInt8]) -> [UInt8]? {
    let key = Array(#""sha256":""#.utf8)
    guard let start = bytes.indices.first(where: { bytes[$0] == key[0] && bytes[$0...].starts(with: key) }),
        start + key.count + 64 <= bytes.count
    else { return nil }
    let place = start + key.count..<start + key.count + 64
    var sealed = bytes
    sealed.replaceSubrange(place, with: repeatElement(0x30, count: 64))
    sealed.replaceSubrange(place, with: SHA256.hex(of: sealed).utf8)
    return sealed
}
