import ExplorerPage
import Hummingbird

/// The explorer's page and its files.
struct PageRoutes: Sendable {
    /// Asked for each time: the files of a folder may have changed.
    let page: @Sendable () throws -> ExplorerPage

    var all: [Route] {
        [
            Route(.get, "/") { request, _ in
                let page = try page()
                var response = Self.response(page.index, to: request)
                response.headers[.contentSecurityPolicy] = policy(page)
                return response
            },
            Route(.get, "/assets/{name}") { request, parameters in
                guard let found = try page()[try parameters.require("name")] else {
                    throw APIError(.notFound, "the page has no such file")
                }
                return Self.response(found, to: request)
            },
        ]
    }

    /// Compressed where the browser takes it: a quarter of the bytes.
    private static func response(_ file: PageFile, to request: Request) -> Response {
        let body =
            ContentCoding.takesGzip(request)
            ? SharedBody(file.compressed, etag: "\(file.etag.dropLast())-gzip\"", encoding: "gzip")
            : SharedBody(file.bytes, etag: file.etag)
        return body.response(file.mediaType, to: request)
    }

    /// Nothing from elsewhere, and no script but the page's own.
    private func policy(_ page: ExplorerPage) -> String {
        "default-src 'none'; script-src 'self' \(page.importMapSource); style-src 'self'; img-src 'self' data: blob:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }
}
