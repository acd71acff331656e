/// Whether each tag of a document is closed in its turn, each attribute quoted, each `&` an entity.
///
/// As much of XML as our writers use; not a parser for documents of others.
func isWellFormed(_ document: String) -> Bool {
    var open: [Substring] = []
    var rest = Substring(document.replacing("<!DOCTYPE html>", with: "").replacing("\n", with: ""))
    var roots = 0
    while let start = rest.firstIndex(of: "<") {
        if !isText(rest[..<start]) || (open.isEmpty && start != rest.startIndex) { return false }
        guard let end = rest[start...].firstIndex(of: ">") else { return false }
        var tag = rest[rest.index(after: start)..<end]
        rest = rest[rest.index(after: end)...]
        if tag.first == "/" {
            if open.popLast() != tag.dropFirst() { return false }
            continue
        }
        let isEmpty = tag.last == "/"
        if isEmpty { tag.removeLast() }
        let name = tag.prefix { $0 != " " }
        if open.isEmpty { roots += 1 }
        if !hasWholeAttributes(tag.dropFirst(name.count)) { return false }
        if !isEmpty { open.append(name) }
        if name == "style" {
            // A style sheet is plain text to HTML, selectors with `>` included.
            guard let close = rest.firstRange(of: "</style>") else { return false }
            rest = rest[close.lowerBound...]
        }
    }
    return open.isEmpty && roots == 1 && rest.isEmpty
}

private func isText(_ text: Substring) -> Bool {
    let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"]
    return !text.contains(">")
        && text.indices.allSatisfy { index in
            text[index] != "&" || entities.contains { text[index...].hasPrefix($0) }
        }
}

private func hasWholeAttributes(_ attributes: Substring) -> Bool {
    let parts = attributes.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count % 2 == 1, parts.last?.isEmpty ?? false else { return attributes.isEmpty }
    return parts.enumerated().allSatisfy { index, part in
        index % 2 == 1 ? isText(part) && !part.contains("<") : part.isEmpty || (part.first == " " && part.last == "=")
    }
}
